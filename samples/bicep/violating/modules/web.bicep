// 公開フロントと業務アプリケーション
param location string
param system string
param tags object
param plan string
param instances int
param gatewaySubnetId string
param applicationSubnetId string
param endpointSubnetId string
param identityId string
param certificateSecretId string
param workspaceId string

resource farm 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: '${system}-plan'
  location: location
  tags: tags
  kind: 'linux'
  sku: {
    name: plan
    capacity: instances
  }
  properties: {
    reserved: true
    zoneRedundant: true
  }
}

resource application 'Microsoft.Web/sites@2023-12-01' = {
  name: '${system}-business'
  location: location
  tags: tags
  kind: 'app,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: farm.id
    httpsOnly: false  // violates: CP_TLS_001
    publicNetworkAccess: 'Enabled'  // violates: CP_NET_007
    virtualNetworkSubnetId: applicationSubnetId
    vnetRouteAllEnabled: true
    keyVaultReferenceIdentity: identityId
    endToEndEncryptionEnabled: true
    siteConfig: {
      linuxFxVersion: 'DOTNETCORE|3.1'  // violates: CP_APP_004
      alwaysOn: true
      ftpsState: 'AllAllowed'  // violates: CP_APP_005
      healthCheckPath: '/health'
      http20Enabled: true
      minTlsVersion: '1.0'  // violates: CP_TLS_002
      scmMinTlsVersion: '1.2'
      remoteDebuggingEnabled: true  // violates: CP_APP_005
      detailedErrorLoggingEnabled: true
      httpLoggingEnabled: false
      requestTracingEnabled: true
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource logs 'config' = {
    name: 'logs'
    properties: {
      applicationLogs: {
        fileSystem: {
          level: 'Warning'
        }
      }
      detailedErrorMessages: {
        enabled: true
      }
      failedRequestsTracing: {
        enabled: true
      }
      httpLogs: {
        fileSystem: {
          enabled: true
          retentionInDays: 30
          retentionInMb: 100
        }
      }
    }
  }
}

resource applicationAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: application
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AppServiceHTTPLogs'
        enabled: true
      }
      {
        category: 'AppServiceAuditLogs'
        enabled: true
      }
      {
        category: 'AppServiceIPSecAuditLogs'
        enabled: true
      }
    ]
  }
}

resource link 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${system}-business'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: endpointSubnetId
    }
    privateLinkServiceConnections: [
      {
        name: 'business'
        properties: {
          privateLinkServiceId: application.id
          groupIds: [
            'sites'
          ]
        }
      }
    ]
  }
}

resource firewall 'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies@2023-11-01' = {
  name: '${system}-waf'
  location: location
  tags: tags
  properties: {
    policySettings: {
      mode: 'Detection'  // violates: CP_NET_008
      state: 'Enabled'
      requestBodyCheck: true
      maxRequestBodySizeInKb: 128
      fileUploadLimitInMb: 100
    }
    managedRules: {
      managedRuleSets: [
        {
          ruleSetType: 'OWASP'
          ruleSetVersion: '3.2'
        }
        {
          ruleSetType: 'Microsoft_BotManagerRuleSet'
          ruleSetVersion: '1.0'
        }
      ]
    }
  }
}

resource address 'Microsoft.Network/publicIPAddresses@2023-11-01' = {
  name: '${system}-front'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  zones: [
    '1'
    '2'
    '3'
  ]
  properties: {
    publicIPAllocationMethod: 'Static'
    ddosSettings: {
      protectionMode: 'VirtualNetworkInherited'
    }
  }
}

var gatewayName = '${system}-gateway'
var gatewayId = resourceId('Microsoft.Network/applicationGateways', gatewayName)

resource gateway 'Microsoft.Network/applicationGateways@2023-11-01' = {
  name: gatewayName
  location: location
  tags: tags
  zones: [
    '1'
    '2'
    '3'
  ]
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    sku: {
      name: 'WAF_v2'
      tier: 'WAF_v2'
    }
    autoscaleConfiguration: {
      minCapacity: 2
      maxCapacity: 10
    }
    firewallPolicy: {
      id: firewall.id
    }
    sslPolicy: {
      policyType: 'Predefined'
      policyName: 'AppGwSslPolicy20150501'  // violates: CP_TLS_002
    }
    gatewayIPConfigurations: [
      {
        name: 'gateway'
        properties: {
          subnet: {
            id: gatewaySubnetId
          }
        }
      }
    ]
    frontendIPConfigurations: [
      {
        name: 'public'
        properties: {
          publicIPAddress: {
            id: address.id
          }
        }
      }
    ]
    frontendPorts: [
      {
        name: 'https'
        properties: {
          port: 443
        }
      }
    ]
    sslCertificates: [
      {
        name: 'www'
        properties: {
          keyVaultSecretId: certificateSecretId
        }
      }
    ]
    backendAddressPools: [
      {
        name: 'business'
        properties: {
          backendAddresses: [
            {
              fqdn: application.properties.defaultHostName
            }
          ]
        }
      }
    ]
    backendHttpSettingsCollection: [
      {
        name: 'https'
        properties: {
          port: 443
          protocol: 'Https'
          pickHostNameFromBackendAddress: true
          requestTimeout: 30
        }
      }
    ]
    httpListeners: [
      {
        name: 'https'
        properties: {
          protocol: 'Https'
          frontendIPConfiguration: {
            id: '${gatewayId}/frontendIPConfigurations/public'
          }
          frontendPort: {
            id: '${gatewayId}/frontendPorts/https'
          }
          sslCertificate: {
            id: '${gatewayId}/sslCertificates/www'
          }
        }
      }
    ]
    requestRoutingRules: [
      {
        name: 'business'
        properties: {
          priority: 100
          ruleType: 'Basic'
          httpListener: {
            id: '${gatewayId}/httpListeners/https'
          }
          backendAddressPool: {
            id: '${gatewayId}/backendAddressPools/business'
          }
          backendHttpSettings: {
            id: '${gatewayId}/backendHttpSettingsCollection/https'
          }
        }
      }
    ]
  }
}

resource gatewayAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: gateway
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'ApplicationGatewayAccessLog'
        enabled: true
      }
      {
        category: 'ApplicationGatewayFirewallLog'
        enabled: true
      }
    ]
  }
}
