// 鍵: 市が管理する鍵と、それを使うワークロードのID
param location string
param system string
param tags object
param subnetId string
param workspaceId string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${system}-workload'
  location: location
  tags: tags
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: '${system}-keys'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'premium'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Deny'
      ipRules: []
      virtualNetworkRules: []
    }
  }

  resource dataKey 'keys' = {
    name: 'data'
    properties: {
      kty: 'RSA-HSM'
      keySize: 3072
      keyOps: [
        'wrapKey'
        'unwrapKey'
      ]
      attributes: {
        enabled: true
        exp: 1924991999 // 2030-12-31
      }
      rotationPolicy: {
        attributes: {
          expiryTime: 'P2Y'
        }
        lifetimeActions: [
          {
            trigger: {
              timeAfterCreate: 'P1Y'
            }
            action: {
              type: 'rotate'
            }
          }
        ]
      }
    }
  }
}

// Key Vault Crypto Service Encryption User: 包む・ほどくだけができる
resource wrapping 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, 'wrap')
  scope: vault::dataKey
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'e147488a-f6f5-4113-8e2d-b22465e65bf6')
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
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

resource endpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${system}-keys'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: 'vault'
        properties: {
          privateLinkServiceId: vault.id
          groupIds: [
            'vault'
          ]
        }
      }
    ]
  }
}

output identityId string = identity.id
output vaultUri string = vault.properties.vaultUri
output dataKeyUri string = vault::dataKey.properties.keyUri
