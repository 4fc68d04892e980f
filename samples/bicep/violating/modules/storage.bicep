// 外に開かないストレージ: 市の鍵で暗号化し、操作を記録する
param name string
param location string
param tags object
param sku string
param identityId string
param subnetId string
param workspaceId string
param containers array = []

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location  // violates: CP_RES_001
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: true  // violates: CP_IAM_007 CP_LOG_012 CP_OBJ_001
    allowSharedKeyAccess: true  // violates: CP_IAM_010
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_0'  // violates: CP_TLS_002
    publicNetworkAccess: 'Enabled'  // violates: CP_NET_007
    supportsHttpsTrafficOnly: false  // violates: CP_TLS_001 CP_TLS_003
    encryption: {
      identity: {
        userAssignedIdentity: identityId
      }
      keySource: 'Microsoft.Storage'  // violates: CP_KEY_001
      requireInfrastructureEncryption: true
    }
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'  // violates: CP_OBJ_001
    }
    sasPolicy: {
      expirationAction: 'Block'
      sasExpirationPeriod: '00.01:00:00'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      isVersioningEnabled: false
      changeFeed: {
        enabled: true
      }
      deleteRetentionPolicy: {
        enabled: false  // violates: CP_OBJ_003
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: 30
      }
    }
  }
}

resource folders 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [for container in containers: {
  parent: account::blobs
  name: container  // undecided: CP_LOG_012
  properties: {
    publicAccess: 'Blob'  // violates: CP_OBJ_001 CP_OBJ_005
  }
}]

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: account::blobs
  properties: {
    workspaceId: workspaceId
    logs: [for category in ['StorageRead', 'StorageWrite', 'StorageDelete']: {  // violates: CP_LOG_013
      category: category
      enabled: false  // violates: CP_LOG_006 CP_LOG_011
    }]
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${name}-blob'
  location: location  // violates: CP_RES_001
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: 'blob'
        properties: {
          privateLinkServiceId: account.id
          groupIds: [
            'blob'
          ]
        }
      }
    ]
  }
}

output id string = account.id
