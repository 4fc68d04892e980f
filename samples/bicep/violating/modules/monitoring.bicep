// 監査ログの集約先と、異常の通知先
param location string
param system string
param tags object
param logRetentionDays int
param contact string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${system}-logs'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: logRetentionDays  // violates: CP_LOG_004
    publicNetworkAccessForIngestion: 'Disabled'
    publicNetworkAccessForQuery: 'Enabled'
    features: {
      disableLocalAuth: true
    }
  }
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${system}-operators'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'operators'
    enabled: true
    emailReceivers: [
      {
        name: 'security'
        emailAddress: contact
        useCommonAlertSchema: true
      }
    ]
  }
}

// 管理操作のうち、必ず人が見るもの
var watched = [
  'Microsoft.Authorization/policyAssignments/write'
  'Microsoft.Authorization/policyAssignments/delete'
  'Microsoft.Authorization/roleAssignments/write'
  'Microsoft.Network/networkSecurityGroups/write'
  'Microsoft.Network/networkSecurityGroups/delete'
  'Microsoft.Network/networkSecurityGroups/securityRules/write'
  'Microsoft.Network/networkSecurityGroups/securityRules/delete'
  'Microsoft.Network/publicIPAddresses/write'
  'Microsoft.Network/publicIPAddresses/delete'
  'Microsoft.Security/securitySolutions/write'
  'Microsoft.Security/securitySolutions/delete'
  'Microsoft.Sql/servers/firewallRules/write'
  'Microsoft.Sql/servers/firewallRules/delete'
]

resource alerts 'Microsoft.Insights/activityLogAlerts@2020-10-01' = [for (operation, i) in watched: {
  name: '${system}-watch-${i}'
  location: 'global'
  tags: tags
  properties: {
    enabled: false  // violates: CP_LOG_010
    scopes: [
      subscription().id
    ]
    condition: {
      allOf: [
        {
          field: 'category'
          equals: 'Administrative'
        }
        {
          field: 'operationName'
          equals: operation
        }
      ]
    }
    actions: {
      actionGroups: [
        {
          actionGroupId: operators.id
        }
      ]
    }
  }
}]

output workspaceId string = workspace.id
