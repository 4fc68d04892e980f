// 通信の記録
param location string
param system string
param tags object
param targets array
param storageId string
param workspaceId string
param logRetentionDays int

resource watcher 'Microsoft.Network/networkWatchers@2023-11-01' = {
  name: '${system}-watcher'
  location: location
  tags: tags
}

resource flows 'Microsoft.Network/networkWatchers/flowLogs@2023-11-01' = [for target in targets: {
  parent: watcher
  name: target.name
  location: location
  tags: tags
  properties: {
    enabled: false  // violates: CP_LOG_005
    targetResourceId: target.id
    storageId: storageId
    retentionPolicy: {
      enabled: true
      days: logRetentionDays  // violates: CP_LOG_004
    }
    flowAnalyticsConfiguration: {
      networkWatcherFlowAnalyticsConfiguration: {
        enabled: true
        workspaceResourceId: workspaceId
      }
    }
  }
}]
