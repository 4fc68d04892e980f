// 仮想ネットワーク: 公開側・業務側・閉域エンドポイントのサブネットと、その通信規則
param location string
param system string
param tags object
param vnetCidr string = '10.20.0.0/20'

var subnets = {
  gateway: cidrSubnet(vnetCidr, 24, 0)
  application: cidrSubnet(vnetCidr, 24, 1)
  endpoints: cidrSubnet(vnetCidr, 24, 2)
}

resource gatewayRules 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {  // violates: CP_LOG_005
  name: '${system}-gateway'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'web'
        properties: {
          description: 'Residents reach the public front over HTTPS only'
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: subnets.gateway
          destinationPortRange: '443'
        }
      }
      {
        name: 'management'
        properties: {
          description: 'What the platform itself needs of a gateway'
          priority: 110
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'GatewayManager'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '65200-65535'
        }
      }
    ]
  }
}

resource applicationRules 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {  // violates: CP_LOG_005
  name: '${system}-application'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'office'
        properties: {
          description: 'Staff in the city office, and the vendor'
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: '*'  // violates: CP_NET_001
          sourcePortRange: '*'
          destinationAddressPrefix: subnets.application
          destinationPortRanges: [
            '443'
            '22'
            '3389'
          ]
        }
      }
      {
        name: 'no-internet'
        properties: {
          description: 'Nothing leaves for the internet'
          priority: 4000
          direction: 'Outbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {  // violates: CP_LOG_005
  name: '${system}-endpoints'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'application'
        properties: {
          description: 'The business system reaches its database and documents'
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: subnets.application
          sourcePortRange: '*'
          destinationAddressPrefix: subnets.endpoints
          destinationPortRanges: [
            '443'
            '1433'
          ]
        }
      }
    ]
  }
}

resource vnet 'Microsoft.Network/virtualNetworks@2023-11-01' = {  // violates: CP_LOG_005
  name: '${system}-vnet'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        vnetCidr
      ]
    }
    enableDdosProtection: false
    encryption: {
      enabled: true
      enforcement: 'AllowUnencrypted'
    }
    subnets: [
      {
        name: 'gateway'
        properties: {
          addressPrefix: subnets.gateway
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: gatewayRules.id
          }
        }
      }
      {
        name: 'application'
        properties: {
          addressPrefix: subnets.application
          defaultOutboundAccess: false
          networkSecurityGroup: {
            id: applicationRules.id
          }
          delegations: [
            {
              name: 'web'
              properties: {
                serviceName: 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {  // violates: CP_NET_005
          addressPrefix: subnets.endpoints
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

output gatewaySubnetId string = vnet.properties.subnets[0].id
output applicationSubnetId string = vnet.properties.subnets[1].id
output endpointSubnetId string = vnet.properties.subnets[2].id
output records array = [
  {
    name: 'network'
    id: vnet.id
  }
  {
    name: 'gateway'
    id: gatewayRules.id
  }
  {
    name: 'application'
    id: applicationRules.id
  }
  {
    name: 'endpoints'
    id: endpointRules.id
  }
]
