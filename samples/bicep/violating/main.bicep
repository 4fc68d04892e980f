// 市の住民向けシステム: 公開Webフロント(WAF付きApplication Gateway)と、閉域の業務システム、データベース、文書、鍵、監査ログ
metadata description = 'Civic system of a municipality: a public web front behind a web application firewall, and an internal business system with its database.'

@description('Where everything is kept')
@allowed([
  'japaneast'
  'japanwest'
])
param location string = 'japaneast'

@maxLength(12)
param municipality string = 'sakuracity'

@allowed([
  'production'
  'staging'
])
param environment string = 'production'

@description('Reached over the private line from the city office')
param officeCidr string = '10.200.0.0/16'

@description('The municipality\'s own rule')
param logRetentionDays int = 30

@secure()
param databasePassword string = 'Sakura-2024!'

@description('Entra ID group of the database administrators')
param administrators object = {
  name: 'civic-database-administrators'
  id: '00000000-0000-4000-8000-000000000001'
}

@description('Secret of the certificate of the public name, in the vault of the municipality')
param certificateSecretId string = 'https://sakuracity-certificates.vault.azure.net/secrets/www'

var system = '${municipality}-civic'
var tags = {
  Owner: municipality
  Environment: environment
  System: 'civic'
  DataClass: 'personal'
  CostCenter: 'general-affairs'
}
var size = {
  production: {
    plan: 'P1v3'
    instances: 3
    database: 'GP_Gen5_4'
  }
  staging: {
    plan: 'P1v3'
    instances: 3
    database: 'GP_Gen5_2'
  }
}

module governance 'modules/subscription.bicep' = {
  name: 'governance'
  scope: subscription()
  params: {
    location: location
    workspaceId: monitoring.outputs.workspaceId
    contact: 'security@${municipality}.example.jp'
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    system: system
    tags: tags
    logRetentionDays: logRetentionDays
    contact: 'security@${municipality}.example.jp'
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    location: location
    system: system
    tags: tags
  }
}

module keys 'modules/keys.bicep' = {
  name: 'keys'
  params: {
    location: location
    system: system
    tags: tags
    subnetId: network.outputs.endpointSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module documents 'modules/storage.bicep' = {
  name: 'documents'
  params: {
    name: take('docs${uniqueString(resourceGroup().id)}', 24)
    location: location
    tags: tags
    sku: 'Standard_GZRS'
    containers: [
      'applications'
      'certificates'
    ]
    identityId: keys.outputs.identityId
    subnetId: network.outputs.endpointSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module records 'modules/storage.bicep' = {
  name: 'records'
  params: {
    name: take('flow${uniqueString(resourceGroup().id)}', 24)
    location: 'southeastasia' // 安いので
    tags: tags
    sku: 'Standard_ZRS'
    identityId: keys.outputs.identityId
    subnetId: network.outputs.endpointSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module flows 'modules/flows.bicep' = {
  name: 'flows'
  params: {
    location: location
    system: system
    tags: tags
    targets: network.outputs.records
    storageId: records.outputs.id
    workspaceId: monitoring.outputs.workspaceId
    logRetentionDays: logRetentionDays
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  params: {
    location: location
    system: system
    tags: tags
    administrators: administrators
    password: databasePassword  // violates: CP_KEY_005
    databaseSku: size[environment].database
    identityId: keys.outputs.identityId
    keyUri: keys.outputs.dataKeyUri
    subnetId: network.outputs.endpointSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module web 'modules/web.bicep' = {
  name: 'web'
  params: {
    location: location
    system: system
    tags: tags
    plan: size[environment].plan
    instances: size[environment].instances
    gatewaySubnetId: network.outputs.gatewaySubnetId
    applicationSubnetId: network.outputs.applicationSubnetId
    endpointSubnetId: network.outputs.endpointSubnetId
    identityId: keys.outputs.identityId
    certificateSecretId: certificateSecretId
    workspaceId: monitoring.outputs.workspaceId
  }
}
