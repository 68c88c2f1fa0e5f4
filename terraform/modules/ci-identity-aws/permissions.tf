# What Terraform calls for the resource types of our modules, action by action. `"*"` stands as a resource where names are the
# cloud's (EC2) or there is none yet (CreateKey) or AWS takes no other (Describe…, List…), and then with a condition: this region,
# and for what removes parts of a network, only what carries our environment's tag.

locals {
  account = "${var.region}:${var.account.id}"
  roles   = "arn:aws:iam::${var.account.id}:role${local.path}*"
  cluster = [for kind in ["cluster", "nodegroup", "addon", "access-entry"] : "arn:aws:eks:${local.account}:${kind}/${var.name}*"]
  buckets = ["arn:aws:s3:::${var.bucket_prefix}-*"]
  topics  = ["arn:aws:sns:${local.account}:${var.name}-*"]
  streams = ["arn:aws:firehose:${local.account}:deliverystream/*${var.name}*"]
  groups = [
    "arn:aws:logs:${local.account}:log-group:/aws/eks/${var.name}*",
    "arn:aws:logs:${local.account}:log-group:/ballast/${var.name}*",
  ]
  in_region = { StringEquals = { "aws:RequestedRegion" = var.region } }

  read = {
    network = [{
      Sid       = "Network"
      Resource  = "*"
      Condition = local.in_region
      Action = [
        "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs",
        "ec2:DescribeInternetGateways", "ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists",
        "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
        "ec2:DescribeTags", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
      ]
    }]

    cluster = [
      {
        Sid      = "Cluster"
        Resource = local.cluster
        Action = [
          "eks:DescribeAccessEntry", "eks:DescribeAddon", "eks:DescribeCluster", "eks:DescribeNodegroup", "eks:DescribeUpdate",
          "eks:ListAssociatedAccessPolicies", "eks:ListTagsForResource",
        ]
      },
      { Sid = "AddonVersions", Resource = "*", Action = ["eks:DescribeAddonVersions"], Condition = local.in_region },
      {
        Sid      = "Roles"
        Resource = [local.roles]
        Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListRoleTags"]
      },
      {
        Sid      = "Issuers"
        Resource = ["arn:aws:iam::${var.account.id}:oidc-provider/oidc.eks.${var.region}.amazonaws.com/*"]
        Action   = ["iam:GetOpenIDConnectProvider"]
      },
    ]

    data = [
      {
        Sid      = "Buckets"
        Resource = local.buckets
        Action = [
          "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
          "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning",
          "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
          "s3:ListBucket",
        ]
      },
      {
        Sid      = "Keys"
        Resource = ["arn:aws:kms:${local.account}:key/*"]
        Action   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
      },
      { Sid = "KeyAliases", Resource = "*", Action = ["kms:ListAliases"], Condition = local.in_region },
    ]

    observability = [
      { Sid = "LogGroups", Resource = local.groups, Action = ["logs:DescribeSubscriptionFilters", "logs:ListTagsForResource"] },
      { Sid = "AllLogGroups", Resource = "*", Action = ["logs:DescribeLogGroups"], Condition = local.in_region },
      {
        Sid      = "Topics"
        Resource = local.topics
        Action   = ["sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"]
      },
      {
        Sid      = "Alarms"
        Resource = ["arn:aws:cloudwatch:${local.account}:alarm:${var.name}-*"]
        Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
      },
      {
        Sid      = "Trails"
        Resource = ["arn:aws:cloudtrail:${local.account}:trail/*${var.name}*"]
        Action   = ["cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"]
      },
      { Sid = "AllTrails", Resource = "*", Action = ["cloudtrail:DescribeTrails"], Condition = local.in_region },
      { Sid = "Streams", Resource = local.streams, Action = ["firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream"] },
    ]
  }

  # No DeleteBucket, no ScheduleKeyDeletion, no DeleteTrail: who removes data does so by hand, with two people.
  write = {
    network = [
      {
        Sid       = "MakeAndChange"
        Resource  = "*"
        Condition = local.in_region
        Action = [
          "ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress",
          "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate",
          "ec2:CreateLaunchTemplateVersion", "ec2:CreateNatGateway", "ec2:CreateRoute", "ec2:CreateRouteTable",
          "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint",
          "ec2:DeleteTags", "ec2:DisassociateRouteTable", "ec2:ModifyLaunchTemplate", "ec2:ModifySecurityGroupRules",
          "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReplaceRoute",
          "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress", "ec2:RunInstances",
        ]
      },
      {
        Sid      = "RemoveWhatIsOurs"
        Resource = "*"
        Condition = {
          StringEquals = { "aws:RequestedRegion" = var.region, "aws:ResourceTag/environment" = var.environment }
        }
        Action = [
          "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate", "ec2:DeleteNatGateway",
          "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteVpc",
          "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:ReleaseAddress",
        ]
      },
    ]

    cluster = [
      {
        Sid      = "Cluster"
        Resource = local.cluster
        Action = [
          "eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:CreateAddon", "eks:CreateCluster", "eks:CreateNodegroup",
          "eks:DeleteAccessEntry", "eks:DeleteAddon", "eks:DeleteCluster", "eks:DeleteNodegroup", "eks:DisassociateAccessPolicy",
          "eks:TagResource", "eks:UntagResource", "eks:UpdateAccessEntry", "eks:UpdateAddon", "eks:UpdateClusterConfig",
          "eks:UpdateClusterVersion", "eks:UpdateNodegroupConfig", "eks:UpdateNodegroupVersion",
        ]
      },
      {
        Sid       = "RolesBelowTheBoundary"
        Resource  = [local.roles]
        Action    = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
      },
      {
        Sid      = "Roles"
        Resource = [local.roles]
        Action   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
      },
      {
        Sid      = "HandRolesToServices"
        Resource = [local.roles]
        Action   = ["iam:PassRole"]
        Condition = {
          StringEquals = {
            "iam:PassedToService" = ["ec2.amazonaws.com", "eks.amazonaws.com", "firehose.amazonaws.com", "logs.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
          }
        }
      },
      {
        Sid       = "RolesOfEksItself"
        Resource  = ["arn:aws:iam::${var.account.id}:role/aws-service-role/*"]
        Action    = ["iam:CreateServiceLinkedRole"]
        Condition = { StringEquals = { "iam:AWSServiceName" = ["eks.amazonaws.com", "eks-nodegroup.amazonaws.com"] } }
      },
      {
        Sid      = "Issuers"
        Resource = ["arn:aws:iam::${var.account.id}:oidc-provider/oidc.eks.${var.region}.amazonaws.com/*"]
        Action   = ["iam:CreateOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider", "iam:TagOpenIDConnectProvider", "iam:UntagOpenIDConnectProvider"]
      },
    ]

    data = [
      {
        Sid      = "Buckets"
        Resource = local.buckets
        Action = [
          "s3:CreateBucket", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ]
      },
      # The state bucket has the same prefix; its settings are the bootstrap root's alone.
      {
        Sid      = "NotTheStateBucket"
        Effect   = "Deny"
        Resource = [var.state.bucket]
        Action   = ["s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"]
      },
      { Sid = "NewKeys", Resource = "*", Action = ["kms:CreateKey"], Condition = local.in_region },
      {
        Sid      = "Keys"
        Resource = ["arn:aws:kms:${local.account}:key/*"]
        Action   = ["kms:CreateGrant", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription"]
      },
      {
        Sid      = "KeyAliases"
        Resource = ["arn:aws:kms:${local.account}:alias/${var.name}-*", "arn:aws:kms:${local.account}:key/*"]
        Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
      },
    ]

    observability = [
      {
        Sid      = "LogGroups"
        Resource = local.groups
        Action = [
          "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteSubscriptionFilter",
          "logs:PutRetentionPolicy", "logs:PutSubscriptionFilter", "logs:TagResource", "logs:UntagResource",
        ]
      },
      {
        Sid      = "Topics"
        Resource = local.topics
        Action   = ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource"]
      },
      {
        Sid      = "Alarms"
        Resource = ["arn:aws:cloudwatch:${local.account}:alarm:${var.name}-*"]
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
      },
      {
        Sid      = "Trails"
        Resource = ["arn:aws:cloudtrail:${local.account}:trail/*${var.name}*"]
        Action   = ["cloudtrail:AddTags", "cloudtrail:CreateTrail", "cloudtrail:PutEventSelectors", "cloudtrail:RemoveTags", "cloudtrail:StartLogging", "cloudtrail:UpdateTrail"]
      },
      {
        Sid      = "Streams"
        Resource = local.streams
        Action   = ["firehose:CreateDeliveryStream", "firehose:DeleteDeliveryStream", "firehose:StartDeliveryStreamEncryption", "firehose:TagDeliveryStream", "firehose:UntagDeliveryStream", "firehose:UpdateDestination"]
      },
    ]
  }
}
