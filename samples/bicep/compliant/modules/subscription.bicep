// サブスクリプション全体の統制: 管理操作の記録、配置先の制限、脅威検知
targetScope = 'subscription'

param location string
param workspaceId string
param contact string

resource activity 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'activity'
  properties: {
    workspaceId: workspaceId
    logs: [for category in ['Administrative', 'Security', 'Alert', 'Policy']: {
      category: category
      enabled: true
    }]
  }
}

// 組み込みポリシー「許可されている場所」
resource domestic 'Microsoft.Authorization/policyAssignments@2024-04-01' = {
  name: 'domestic-locations'
  location: location
  properties: {
    displayName: 'Resources stay in Japan'
    policyDefinitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', 'e56962a6-4747-49cd-b67b-bf8b01975c4c')
    enforcementMode: 'Default'
    parameters: {
      listOfAllowedLocations: {
        value: [
          'japaneast'
          'japanwest'
        ]
      }
    }
  }
}

// 組み込みイニシアチブ「Microsoft cloud security benchmark」
resource benchmark 'Microsoft.Authorization/policyAssignments@2024-04-01' = {
  name: 'security-benchmark'
  location: location
  properties: {
    displayName: 'Microsoft cloud security benchmark'
    policyDefinitionId: tenantResourceId('Microsoft.Authorization/policySetDefinitions', '1f3afdf9-d0c9-4c3d-847f-89da613e70a8')
    enforcementMode: 'Default'
  }
}

@batchSize(1)
resource plans 'Microsoft.Security/pricings@2024-01-01' = [for plan in ['CloudPosture', 'AppServices', 'KeyVaults', 'SqlServers', 'StorageAccounts', 'Arm']: {
  name: plan
  properties: {
    pricingTier: 'Standard'
  }
}]

resource contacts 'Microsoft.Security/securityContacts@2023-12-01-preview' = {
  name: 'default'
  properties: {
    emails: contact
    isEnabled: true
    notificationsByRole: {
      state: 'On'
      roles: [
        'Owner'
      ]
    }
    notificationsSources: [
      {
        sourceType: 'Alert'
        minimalSeverity: 'Medium'
      }
    ]
  }
}
