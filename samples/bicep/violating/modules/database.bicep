// 業務データベース
param location string
param system string
param tags object
param administrators object
@secure()
param password string
param databaseSku string
param identityId string
param keyUri string
param subnetId string
param workspaceId string

resource server 'Microsoft.Sql/servers@2023-08-01-preview' = {  // violates: CP_LOG_008
  name: '${system}-sql'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    primaryUserAssignedIdentityId: identityId
    keyId: keyUri
    administratorLogin: 'sakura'
    administratorLoginPassword: password  // violates: CP_KEY_005
    minimalTlsVersion: '1.0'  // violates: CP_DB_003
    publicNetworkAccess: 'Enabled'  // violates: CP_DB_002
    version: '12.0'
    administrators: {
      administratorType: 'ActiveDirectory'
      azureADOnlyAuthentication: false  // violates: CP_DB_004
      login: administrators.name
      sid: administrators.id
      tenantId: tenant().tenantId
      principalType: 'Group'
    }
  }

  resource protector 'encryptionProtector' = {
    name: 'current'
    properties: {
      serverKeyType: 'AzureKeyVault'
      serverKeyName: 'data'
      autoRotationEnabled: true
    }
  }

  resource auditing 'auditingSettings' = {
    name: 'default'
    properties: {
      state: 'Disabled'
      auditActionsAndGroups: [
        'BATCH_COMPLETED_GROUP'
        'SUCCESSFUL_DATABASE_AUTHENTICATION_GROUP'
        'FAILED_DATABASE_AUTHENTICATION_GROUP'
      ]
    }
  }

  resource alerts 'securityAlertPolicies' = {
    name: 'Default'
    properties: {  // violates: CP_CSM_001
      state: 'Disabled'  // violates: CP_CSM_001
    }
  }

  resource assessment 'sqlVulnerabilityAssessments' = {
    name: 'default'
    properties: {
      state: 'Enabled'
    }
  }

  resource anywhere 'firewallRules' = {
    name: 'vendor'
    properties: {
      startIpAddress: '0.0.0.0'  // violates: CP_DB_002
      endIpAddress: '255.255.255.255'
    }
  }

  resource business 'databases' = {  // violates: CP_BCK_001 CP_DB_001 CP_LOG_008
    name: 'business'
    location: location
    tags: tags
    sku: {
      name: databaseSku
    }
    properties: {
      zoneRedundant: false
      requestedBackupStorageRedundancy: 'Local'  // violates: CP_BCK_004 CP_BCK_007
      isLedgerOn: false
    }

    resource encryption 'transparentDataEncryption' = {
      name: 'current'
      properties: {
        state: 'Disabled'
      }
    }

    resource restore 'backupShortTermRetentionPolicies' = {
      name: 'default'
      properties: {
        retentionDays: 1
        diffBackupIntervalInHours: 12
      }
    }

    resource archive 'backupLongTermRetentionPolicies' = {
      name: 'default'
      properties: {
        weeklyRetention: 'P5W'
        monthlyRetention: 'P13M'
        yearlyRetention: 'P7Y'
        weekOfYear: 14
      }
    }
  }
}

resource databaseAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: server::business
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource link 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${system}-sql'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: 'sql'
        properties: {
          privateLinkServiceId: server.id
          groupIds: [
            'sqlServer'
          ]
        }
      }
    ]
  }
}

resource keep 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: server
  properties: {
    level: 'CanNotDelete'
    notes: 'Residents\' records'
  }
}
