#!/bin/sh
# Deletes the stacks of a stage in the right order. The keys stay: nobody could open a token without them.
#
#   scripts/destroy.sh STAGE KEY_REGION [REGION…]
#
# Further Regions are those of readers and of replicas of the keys.
#
# Deleting the distribution takes minutes. CloudFront removes the function's replicas hours later. Until then, nobody
# can delete the function, and the script ends with code 75. Run it again later: it skips what is deleted already.
# With WAIT_SECONDS set, it tries again after each pause of so many seconds until the function is deleted.
set -eu
[ $# -ge 2 ] || { echo "Usage: scripts/destroy.sh STAGE KEY_REGION [REGION…]" >&2; exit 2; }
stage=$1
key_region=$2
shift 2
function="fieldseal-$stage-edge"

delete_stack() {
  echo "Deleting the stack $1 in $2"
  aws cloudformation delete-stack --region "$2" --stack-name "$1"
  aws cloudformation wait stack-delete-complete --region "$2" --stack-name "$1"
}

# A distribution of another app must release the function first. If this check fails, the script deletes nothing.
used=$(aws cloudfront list-distributions --output text \
  --query "DistributionList.Items[?contains(to_string(@), ':function:$function:')].Id")
made=$(aws cloudformation list-stack-resources --region us-east-1 --stack-name "$function" --output text \
  --query "StackResourceSummaries[?ResourceType=='AWS::CloudFront::Distribution'].PhysicalResourceId" \
  2>/dev/null || true)
for id in $used; do
  case " $(echo $made) " in
    *" $id "*) ;;
    *)
      [ "$id" = None ] && continue
      echo "Distribution $id still runs the function. Remove the association, wait until the change is deployed," \
        "and run this again." >&2
      exit 1
      ;;
  esac
done

delete_stack "fieldseal-$stage-watch" "$key_region"
delete_stack "$function" us-east-1
delete_stack "fieldseal-$stage-reader" "$key_region"
for region in "$@"; do
  delete_stack "fieldseal-$stage-reader" "$region"
  delete_stack "fieldseal-$stage-reader-$region" "$region"
done
# Replicas go before their primary keys.
for region in "$@"; do delete_stack "fieldseal-$stage-keys-$region" "$region"; done
delete_stack "fieldseal-$stage-keys" "$key_region"

while aws lambda get-function --region us-east-1 --function-name "$function" >/dev/null 2>&1; do
  aws lambda delete-function --region us-east-1 --function-name "$function" && break
  echo "CloudFront still has replicas of the function. Run this again in a few hours." >&2
  [ -n "${WAIT_SECONDS:-}" ] || exit 75
  sleep "$WAIT_SECONDS"
done
echo "Deleted. The KMS keys in $key_region $* and the log groups stay."
