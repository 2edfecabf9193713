#!/bin/sh
# Prepares the edge function's logs in every Region that may serve requests: log group, key, retention, metric filters
# and alarms, and forwarding to the home Region if HOME_STREAM_ARN names a stream. Does the same for the log groups in
# which CloudFront reports results of the function that it refused. You can run it again at any time.
#
#   scripts/edge-logs.sh STAGE [REGION…]
#
# Environment: RETENTION_DAYS (90), KMS_ALIAS (alias/fieldseal-STAGE-logs; the script makes a missing key),
# HOME_STREAM_ARN and HOME_ROLE_ARN (a Kinesis stream in the home Region, and a role that lets CloudWatch Logs put
# records into it), ALARM_TOPIC_PREFIX (alarms go to the topic of this name in each Region), DISTRIBUTION_IDS (with
# spaces between; by default, all distributions that run the function).
set -eu

# The Regions with regional edge caches (CloudFront Developer Guide, "Service-linked roles for Lambda@Edge").
default_regions="us-east-1 us-east-2 us-west-1 us-west-2 ap-south-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 \
ap-southeast-2 eu-central-1 eu-west-1 eu-west-2 sa-east-1"

[ $# -ge 1 ] || { echo "Usage: scripts/edge-logs.sh STAGE [REGION…]" >&2; exit 2; }
stage=$1
shift
regions=${*:-$default_regions}
group="/aws/lambda/us-east-1.fieldseal-$stage-edge"
error_groups="/aws/cloudfront/LambdaEdge/"
# The home Region counts the lines of all Regions in another namespace.
namespace="Fieldseal/$stage/edge-region"
alias_name=${KMS_ALIAS:-alias/fieldseal-$stage-logs}
account=$(aws sts get-caller-identity --query Account --output text)
distributions=${DISTRIBUTION_IDS:-$(aws cloudfront list-distributions --output text \
  --query "DistributionList.Items[?contains(to_string(@), ':function:fieldseal-$stage-edge:')].Id")}

# $1 Region. The account administers the key, and CloudWatch Logs uses it for these groups.
write_key_policy() {
  logs="arn:aws:logs:$1:$account:log-group"
  printf '%s' '{"Version":"2012-10-17","Statement":[' \
    '{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'"$account"':root"},"Action":"kms:*","Resource":"*"},' \
    '{"Effect":"Allow","Principal":{"Service":"logs.'"$1"'.amazonaws.com"},' \
    '"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],' \
    '"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":' \
    '["'"$logs:$group"'","'"$logs:$error_groups"'*"]}}}]}'
}

# $1 Region
require_key() {
  key=$(aws kms list-aliases --region "$1" --query "Aliases[?AliasName=='$alias_name'].TargetKeyId" --output text)
  if [ -z "$key" ] || [ "$key" = None ]; then
    key=$(aws kms create-key --region "$1" --description "Fieldseal edge logs" --policy "$(write_key_policy "$1")" \
      --query KeyMetadata.KeyId --output text)
    aws kms enable-key-rotation --region "$1" --key-id "$key"
    aws kms create-alias --region "$1" --alias-name "$alias_name" --target-key-id "$key"
  fi
  echo "arn:aws:kms:$1:$account:key/$key"
}

# $1 Region, $2 group, $3 key
require_group() {
  found=$(aws logs describe-log-groups --region "$1" --log-group-name-prefix "$2" \
    --query "logGroups[?logGroupName=='$2'].logGroupName" --output text)
  if [ -z "$found" ] || [ "$found" = None ]; then
    aws logs create-log-group --region "$1" --log-group-name "$2" --kms-key-id "$3"
  else
    # The function made the group with its first line in this Region.
    aws logs associate-kms-key --region "$1" --log-group-name "$2" --kms-key-id "$3"
  fi
  aws logs put-retention-policy --region "$1" --log-group-name "$2" --retention-in-days "${RETENTION_DAYS:-90}"
}

# $1 Region, $2 group, $3 name, $4 pattern, $5 lines in five minutes that raise the alarm
watch() {
  aws logs put-metric-filter --region "$1" --log-group-name "$2" --filter-name "$3" --filter-pattern "$4" \
    --metric-transformations "metricName=$3,metricNamespace=$namespace,metricValue=1,defaultValue=0"
  actions=""
  [ -z "${ALARM_TOPIC_PREFIX:-}" ] || actions="--alarm-actions arn:aws:sns:$1:$account:$ALARM_TOPIC_PREFIX"
  # shellcheck disable=SC2086
  aws cloudwatch put-metric-alarm --region "$1" --alarm-name "fieldseal-$stage-$3" --namespace "$namespace" \
    --metric-name "$3" --statistic Sum --period 300 --evaluation-periods 1 --threshold "$5" \
    --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching $actions
}

# $1 Region. A destination is in the Region of its groups; the stream behind it may be in another one.
require_destination() {
  destination=$(aws logs put-destination --region "$1" --destination-name "fieldseal-$stage-home" \
    --target-arn "$HOME_STREAM_ARN" --role-arn "$HOME_ROLE_ARN" --query destination.arn --output text)
  access_policy=$(printf '%s' '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",' \
    '"Principal":{"AWS":"'"$account"'"},"Action":"logs:PutSubscriptionFilter","Resource":"'"$destination"'"}]}')
  aws logs put-destination-policy --region "$1" --destination-name "fieldseal-$stage-home" \
    --access-policy "$access_policy"
}

# $1 Region, $2 group
forward() {
  aws logs put-subscription-filter --region "$1" --log-group-name "$2" --filter-name home \
    --filter-pattern "" --destination-arn "$destination"
}

for region in $regions; do
  echo "$region"
  key_arn=$(require_key "$region")
  [ -z "${HOME_STREAM_ARN:-}" ] || require_destination "$region"
  require_group "$region" "$group" "$key_arn"
  watch "$region" "$group" refused '{ $.outcome = "refused" }' "${REFUSALS:-100}"
  watch "$region" "$group" internal-errors '{ $.code = "internal_error" }' 1
  watch "$region" "$group" function-failures '?"Task timed out" ?"Runtime.ExitError" ?"Runtime exited"' 1
  [ -z "${HOME_STREAM_ARN:-}" ] || forward "$region" "$group"
  for distribution in $distributions; do
    [ "$distribution" != None ] || continue
    require_group "$region" "$error_groups$distribution" "$key_arn"
    watch "$region" "$error_groups$distribution" invalid-results "" 1
    [ -z "${HOME_STREAM_ARN:-}" ] || forward "$region" "$error_groups$distribution"
  done
done
