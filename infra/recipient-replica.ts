/** The replica of a recipient's multi-Region key in another Region: the same key material under a policy of its own. */
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { CfnAlias, CfnReplicaKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { FieldsealError } from "../core/errors.ts";
import { createKeyPolicy, type RecipientKeyPolicyProps } from "./recipient-key-policy.ts";

/** Properties of a `RecipientReplica`. */
export interface RecipientReplicaProps extends Omit<RecipientKeyPolicyProps, "replicaRegions"> {
  readonly alias: string;
  readonly primaryKeyArn: string;
}

/**
 * A replica in the Region of its stack. It stays when somebody deletes the stack. If the key's material was imported,
 * the replica needs an import too.
 */
export class RecipientReplica extends Construct {
  readonly keyArn: string;

  constructor(scope: Construct, id: string, { alias, primaryKeyArn, ...policy }: RecipientReplicaProps) {
    super(scope, id);
    this.keyArn = replicaArnOf(primaryKeyArn, Stack.of(this).region);
    const key = new CfnReplicaKey(this, "Key", {
      description: "Fieldseal recipient, replica",
      primaryKeyArn,
      // A replica may become the primary key later.
      keyPolicy: createKeyPolicy(this, { ...policy, replicaRegions: [] }),
    });
    key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnAlias(this, "Alias", { aliasName: alias, targetKeyId: key.ref });
  }
}

/** The ARN of a replica: only the Region differs. Throws `recipient_invalid` unless the key is multi-Region. */
export function replicaArnOf(primaryKeyArn: string, region: string): string {
  const match = /^(arn:[^:]+:kms:)[^:]+(:\d{12}:key\/mrk-[A-Za-z0-9]+)$/.exec(primaryKeyArn);
  if (match !== null) return `${match[1]}${region}${match[2]}`;
  throw new FieldsealError("recipient_invalid", {
    reason: `${primaryKeyArn} cannot have replicas; expected a multi-Region key, whose id begins with mrk-.`,
  });
}
