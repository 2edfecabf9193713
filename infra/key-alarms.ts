/** Reports at once if somebody disables a recipient's key, schedules its deletion or changes its users. */
import { Rule } from "aws-cdk-lib/aws-events";
import { SnsTopic } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import type { AlarmTopic } from "./alarm-topic.ts";

/** Calls to KMS that can lose a key. Their effects show too late: the edge keeps sealing under a lost key. */
const watched = [
  "CancelKeyDeletion",
  "CreateGrant",
  "DeleteImportedKeyMaterial",
  "DisableKey",
  "ImportKeyMaterial",
  "PutKeyPolicy",
  "ReplicateKey",
  "ScheduleKeyDeletion",
  "UpdatePrimaryRegion",
];

/** Reports changes of recipients' keys to a topic: calls through CloudTrail, and deletions and expiries by KMS. */
export class KeyAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { keyArns, topic }: { readonly keyArns: readonly string[]; readonly topic: AlarmTopic },
  ) {
    super(scope, id);
    new Rule(this, "Calls", {
      description:
        "Fieldseal: a recipient's key was disabled, scheduled for deletion, or its policy changed (by CloudTrail)",
      eventPattern: {
        source: ["aws.kms"],
        detailType: ["AWS API Call via CloudTrail"],
        detail: { eventSource: ["kms.amazonaws.com"], eventName: watched, resources: { ARN: [...keyArns] } },
      },
      targets: [new SnsTopic(topic.topic)],
    });
    new Rule(this, "Ends", {
      description: "Fieldseal: KMS deleted a recipient's key, or its imported material expired",
      eventPattern: {
        source: ["aws.kms"],
        detailType: ["KMS CMK Deletion", "KMS Imported Key Material Expiration"],
        resources: [...keyArns],
      },
      targets: [new SnsTopic(topic.topic)],
    });
  }
}
