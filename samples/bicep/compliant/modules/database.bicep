// 業務データベース
param location string
param system string
param tags object
param administrators object
param databaseSku string
param identityId string
param keyUri string
param subnetId string
param workspaceId string
param logRetentionDays int

resource server 'Microsoft.Sql/servers@2023-08-01-preview' = {
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
    minimalTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
    restrictOutboundNetworkAccess: 'Enabled'
    version: '12.0'
    administrators: {
      administratorType: 'ActiveDirectory'
      azureADOnlyAuthentication: true
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
      state: 'Enabled'
      isAzureMonitorTargetEnabled: true
      retentionDays: logRetentionDays
      auditActionsAndGroups: [
        'BATCH_COMPLETED_GROUP'
        'SUCCESSFUL_DATABASE_AUTHENTICATION_GROUP'
        'FAILED_DATABASE_AUTHENTICATION_GROUP'
      ]
    }
  }

  resource alerts 'securityAlertPolicies' = {
    name: 'Default'
    properties: {
      state: 'Enabled'
      emailAccountAdmins: true
    }
  }

  resource assessment 'sqlVulnerabilityAssessments' = {
    name: 'default'
    properties: {
      state: 'Enabled'
    }
  }

  resource business 'databases' = {
    name: 'business'
    location: location
    tags: tags
    sku: {
      name: databaseSku
    }
    properties: {
      zoneRedundant: true
      requestedBackupStorageRedundancy: 'Geo'
      isLedgerOn: false
    }

    resource encryption 'transparentDataEncryption' = {
      name: 'current'
      properties: {
        state: 'Enabled'
      }
    }

    resource restore 'backupShortTermRetentionPolicies' = {
      name: 'default'
      properties: {
        retentionDays: 35
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
