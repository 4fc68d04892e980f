"""What applying an edit does to a resource that is there: most settings change in place, some make it anew, some the service does not change at all.

Terraform for AWS: what the provider itself (5.100) plans to replace, attribute by attribute. CloudFormation: the create-only properties of the
resource schemas, and the reference's "updates are not supported". Azure: what the documentation of azurerm and of the service calls immutable.
"""

from __future__ import annotations

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

REPLACES, MAY, REFUSED = "replaces", "may", "refused"

WORDS = {
    REPLACES: Text("applying it replaces the resource", "適用するとリソースが作り直されます"),
    MAY: Text(
        "applying it may replace the resource, see the plan", "適用するとリソースが作り直されることがあります。計画を確認してください"
    ),
    REFUSED: Text(
        "the service does not change this on what is there: it has to be made anew",
        "既存のリソースでは変更できません。新しく作り直す必要があります",
    ),
}

_EFFECTS = {
    REPLACES: {
        "aws_accessanalyzer_analyzer": ("configuration.unused_access",),
        "aws_ami": ("ebs_block_device",),
        "aws_ami_copy": ("encrypted",),
        "aws_dax_cluster": ("cluster_endpoint_encryption_type", "server_side_encryption.enabled"),
        "aws_db_instance": ("storage_encrypted",),
        "aws_dms_replication_instance": ("publicly_accessible",),
        "aws_docdb_cluster": ("storage_encrypted",),
        "aws_docdb_global_cluster": ("storage_encrypted",),
        "aws_ebs_snapshot_copy": ("encrypted",),
        "aws_ebs_volume": ("encrypted",),
        "aws_ecr_repository": ("encryption_configuration",),
        "aws_ecs_task_definition": ("container_definitions", "ipc_mode", "network_mode", "pid_mode", "volume"),
        "aws_ecs_task_set": ("network_configuration",),
        "aws_efs_file_system": ("encrypted",),
        "aws_eks_cluster": ("access_config.bootstrap_cluster_creator_admin_permissions", "encryption_config"),
        "aws_elasticache_cluster": ("transit_encryption_enabled",),
        "aws_elasticache_replication_group": ("at_rest_encryption_enabled",),
        "aws_flow_log": ("traffic_type",),
        "aws_imagebuilder_image_recipe": ("block_device_mapping",),
        "aws_instance": ("associate_public_ip_address", "ebs_block_device", "root_block_device.encrypted"),
        "aws_launch_configuration": (
            "associate_public_ip_address",
            "ebs_block_device",
            "metadata_options",
            "root_block_device.encrypted",
        ),
        "aws_lb": ("internal",),
        "aws_memorydb_cluster": ("auto_minor_version_upgrade", "tls_enabled"),
        "aws_mq_broker": ("encryption_options", "publicly_accessible"),
        "aws_msk_cluster": ("encryption_info.encryption_in_transit.in_cluster",),
        "aws_neptune_cluster": ("storage_encrypted",),
        "aws_neptune_cluster_instance": ("publicly_accessible",),
        "aws_neptune_global_cluster": ("storage_encrypted",),
        "aws_rds_cluster": ("storage_encrypted",),
        "aws_rds_global_cluster": ("storage_encrypted",),
        "aws_s3_access_point": ("public_access_block_configuration",),
        "aws_s3_bucket": ("object_lock_enabled",),
        "aws_s3control_multi_region_access_point": ("details.public_access_block",),
        "aws_sagemaker_notebook_instance": ("direct_internet_access",),
        "aws_spot_instance_request": ("associate_public_ip_address", "ebs_block_device", "root_block_device.encrypted"),
        "aws_workspaces_workspace": ("root_volume_encryption_enabled", "user_volume_encryption_enabled"),
        "azurerm_container_group": ("container",),
        "azurerm_kubernetes_cluster": ("role_based_access_control_enabled",),
        "azurerm_mysql_server": ("infrastructure_encryption_enabled",),
        "azurerm_postgresql_server": ("infrastructure_encryption_enabled",),
        "azurerm_servicebus_namespace": ("customer_managed_key.infrastructure_encryption_enabled",),
        "azurerm_storage_account": ("infrastructure_encryption_enabled",),
        "azurerm_synapse_workspace": ("managed_virtual_network_enabled",),
        "azurerm_virtual_network_gateway_connection": ("connection_protocol",),
        "AWS::AmazonMQ::Broker": ("EncryptionOptions", "PubliclyAccessible"),
        "AWS::AutoScaling::LaunchConfiguration": ("AssociatePublicIpAddress", "BlockDeviceMappings", "MetadataOptions"),
        "AWS::DAX::Cluster": ("ClusterEndpointEncryptionType", "SSESpecification"),
        "AWS::DMS::ReplicationInstance": ("PubliclyAccessible",),
        "AWS::DocDB::DBCluster": ("StorageEncrypted",),
        "AWS::EC2::FlowLog": ("TrafficType",),
        "AWS::EC2::Instance": ("BlockDeviceMappings.Ebs.Encrypted", "NetworkInterfaces"),
        "AWS::ECR::Repository": ("EncryptionConfiguration",),
        "AWS::ECS::TaskDefinition": ("ContainerDefinitions", "IpcMode", "NetworkMode", "PidMode", "Volumes"),
        "AWS::ECS::TaskSet": ("NetworkConfiguration",),
        "AWS::EFS::FileSystem": ("Encrypted",),
        "AWS::EKS::Cluster": ("AccessConfig.BootstrapClusterCreatorAdminPermissions", "EncryptionConfig"),
        "AWS::ElastiCache::ReplicationGroup": ("AtRestEncryptionEnabled",),
        "AWS::ElasticLoadBalancing::LoadBalancer": ("Scheme",),
        "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Scheme",),
        "AWS::MSK::Cluster": ("EncryptionInfo.EncryptionInTransit.InCluster",),
        "AWS::MemoryDB::Cluster": ("TLSEnabled",),
        "AWS::Neptune::DBCluster": ("StorageEncrypted",),
        "AWS::RDS::DBCluster": ("PubliclyAccessible", "StorageEncrypted"),
        "AWS::RDS::DBInstance": ("StorageEncrypted",),
        "AWS::RDS::GlobalCluster": ("StorageEncrypted",),
        "AWS::S3::MultiRegionAccessPoint": ("PublicAccessBlockConfiguration",),
        "AWS::SageMaker::NotebookInstance": ("DirectInternetAccess",),
    },
    MAY: {  # it depends on the version, or on a setting for the change
        "aws_elasticache_replication_group": ("transit_encryption_enabled",),
        "aws_elasticsearch_domain": ("advanced_security_options.enabled", "encrypt_at_rest.enabled", "node_to_node_encryption.enabled"),
        "aws_opensearch_domain": ("advanced_security_options.enabled", "encrypt_at_rest.enabled", "node_to_node_encryption.enabled"),
        "azurerm_kubernetes_cluster": ("default_node_pool",),
        "azurerm_kubernetes_cluster_node_pool": ("host_encryption_enabled", "node_public_ip_enabled"),
        "azurerm_recovery_services_vault": ("encryption.infrastructure_encryption_enabled",),
        "azurerm_windows_virtual_machine": ("automatic_updates_enabled", "enable_automatic_updates"),
        "AWS::AccessAnalyzer::Analyzer": ("AnalyzerConfiguration",),
        "AWS::OpenSearchService::Domain": ("AdvancedSecurityOptions.Enabled", "EncryptionAtRestOptions.Enabled"),
    },
    REFUSED: {
        "AWS::EC2::Volume": ("Encrypted", "KmsKeyId"),
        "AWS::WorkSpaces::Workspace": ("RootVolumeEncryptionEnabled", "UserVolumeEncryptionEnabled"),
        "Microsoft.ContainerService/managedClusters": (
            "properties.agentPoolProfiles.enableEncryptionAtHost",
            "properties.agentPoolProfiles.enableNodePublicIP",
            "properties.enableRBAC",
        ),
        "Microsoft.ContainerService/managedClusters/agentPools": ("properties.enableEncryptionAtHost", "properties.enableNodePublicIP"),
        "Microsoft.DBforMySQL/servers": ("properties.infrastructureEncryption",),
        "Microsoft.DBforPostgreSQL/servers": ("properties.infrastructureEncryption",),
        "Microsoft.EventHub/namespaces": ("properties.encryption.requireInfrastructureEncryption",),
        "Microsoft.ServiceBus/namespaces": ("properties.encryption.requireInfrastructureEncryption",),
        "Microsoft.Storage/storageAccounts": ("properties.encryption.requireInfrastructureEncryption",),
    },
}
_ORDER = ("", MAY, REPLACES, REFUSED)
_KNOWN = {
    type.casefold(): {**{path: effect for effect in _ORDER[1:] for path in _EFFECTS[effect].get(type, ())}}
    for types in _EFFECTS.values()
    for type in types
}
_SAME = {"aws_alb": "aws_lb", "aws_db_cluster_instance": "aws_rds_cluster_instance"}


def effect(type: str, path: tuple[str, ...]) -> str:
    """What changing the attribute at `path` (names only) does to a resource that is there: REPLACES, MAY, REFUSED, or "" for nothing of the kind."""
    known = _KNOWN.get(_SAME.get(type, type).casefold(), {})
    for names, found in known.items():
        steps = tuple(names.split("."))
        length = min(len(steps), len(path))
        if steps[:length] == path[:length]:
            return found
    return ""


def worst(effects: Iterable[str]) -> str:
    return max(effects, key=_ORDER.index, default="")
