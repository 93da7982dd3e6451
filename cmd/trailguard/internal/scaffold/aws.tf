# Bucket, role and key of one audit export of Immuta, so that every rule of trailguard
# that AWS decides passes.
#
# Immuta wants the role before it makes the export, and the role wants the export's id:
#
#   1. terraform apply, without external_id: the role is there, and nobody can assume it.
#   2. In Immuta, create the export with the outputs bucket, path and role_arn. Its
#      connection test fails as yet. Note its id.
#   3. terraform apply -var external_id=ID: Immuta alone may assume the role, under that id.
#   4. Test the connection in Immuta, and scan once an object has arrived.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "bucket" {
  type        = string
  description = "Name of the bucket, which is created. Object Lock cannot be taken off it again."
}

variable "path" {
  type        = string
  default     = "immuta"
  description = "Path of the export in the bucket, without slashes at its ends."

  validation {
    condition     = length(var.path) > 0 && var.path == trim(var.path, "/")
    error_message = "The path must not be empty, nor begin or end with a slash."
  }
}

variable "role_name" {
  type        = string
  default     = "immuta-audit"
  description = "Name of the role that Immuta assumes, which is created."
}

variable "immuta_account" {
  type        = string
  description = "Account that Immuta calls from; expect.immutaAccounts has it for trailguard."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.immuta_account))
    error_message = "An account has twelve digits."
  }
}

variable "external_id" {
  type        = string
  default     = ""
  description = "Id of the export in Immuta. Empty until it is known: nobody can assume the role."
}

variable "break_glass" {
  type        = list(string)
  description = "ARNs of the roles that may delete in an emergency; expect.breakGlass has them for trailguard."

  validation {
    condition     = length(var.break_glass) > 0 && alltrue([for arn in var.break_glass : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:", arn))])
    error_message = "Name at least one role or user by its ARN."
  }
}

variable "access_log_bucket" {
  type        = string
  description = "Name of a bucket of the same account and region that lets logging.s3.amazonaws.com write under this bucket's name."
}

variable "retention_days" {
  type        = number
  default     = 365
  description = "How long an object is locked; expect.retentionDays has it for trailguard."
}

locals {
  arn = split(":", aws_iam_role.writer.arn)
}

resource "aws_iam_role" "writer" {
  name        = var.role_name
  description = "Immuta writes its audit trail by this role, and does nothing else."
  assume_role_policy = var.external_id == "" ? jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "NobodyYet"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sts:AssumeRole"
    }]
    }) : jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ImmutaAssumes"
      Effect    = "Allow"
      Principal = { AWS = var.immuta_account }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "write" {
  role = aws_iam_role.writer.name
  name = "write-the-trail"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteTheTrail"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${aws_s3_bucket.trail.arn}/${var.path}/*"
      },
      {
        Sid      = "EncryptTheTrail"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = aws_kms_key.trail.arn
      }
    ]
  })
}

resource "aws_kms_key" "trail" {
  description         = "Encrypts the audit trail of Immuta in ${var.bucket}"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.arn[1]}:iam::${local.arn[4]}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "EncryptTheTrail"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.writer.arn }
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = "*"
      }
    ]
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "trail" {
  bucket              = var.bucket
  object_lock_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "trail" {
  bucket                  = aws_s3_bucket.trail.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "trail" {
  bucket = aws_s3_bucket.trail.bucket
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "trail" {
  bucket = aws_s3_bucket.trail.bucket
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "trail" {
  bucket = aws_s3_bucket.trail.bucket
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.trail.arn
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "trail" {
  bucket = aws_s3_bucket_versioning.trail.bucket
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.retention_days
    }
  }
}

resource "aws_s3_bucket_logging" "trail" {
  bucket        = aws_s3_bucket.trail.bucket
  target_bucket = var.access_log_bucket
  target_prefix = "${var.bucket}/"
}

resource "aws_s3_bucket_policy" "trail" {
  bucket = aws_s3_bucket_public_access_block.trail.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyPlainHTTP"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.trail.arn, "${aws_s3_bucket.trail.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "NobodyElseWrites"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]
        Resource  = "${aws_s3_bucket.trail.arn}/*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = concat([aws_iam_role.writer.arn], var.break_glass) } }
      },
      {
        Sid       = "RetentionStays"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:BypassGovernanceRetention"
        Resource  = "${aws_s3_bucket.trail.arn}/*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = var.break_glass } }
      }
    ]
  })
}

output "bucket" {
  value       = aws_s3_bucket.trail.bucket
  description = "Bucket of the export, for Immuta."
}

output "path" {
  value       = var.path
  description = "Path of the export, for Immuta."
}

output "role_arn" {
  value       = aws_iam_role.writer.arn
  description = "Role of the export, for Immuta."
}

output "next" {
  value       = var.external_id == "" ? "Create the export in Immuta, then apply again with its id as external_id." : "Test the connection in Immuta."
  description = "What to do next."
}
