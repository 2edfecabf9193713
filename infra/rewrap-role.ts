/** A role that may move tokens from one recipient's key to another within KMS, and cannot open them. */
import { ArnPrincipal, CompositePrincipal, PolicyDocument, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { tokenAlgorithm } from "./recipient-key-policy.ts";

/** Properties of a `RewrapRole`. */
export interface RewrapRoleProps {
  readonly roleName: string;
  /** ARNs of the principals that may assume it with multi-factor authentication. */
  readonly operators: readonly string[];
  readonly fromKeyArn: string;
  readonly toKeyArn: string;
}

/** The role of one pair of recipients. A role for several pairs could move tokens from any source to any target. */
export class RewrapRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { roleName, operators, fromKeyArn, toKeyArn }: RewrapRoleProps) {
    super(scope, id);
    const algorithm = { StringEquals: tokenAlgorithm };
    this.role = new Role(this, "Role", {
      roleName,
      description: "Fieldseal: rewraps tokens of one recipient for another",
      assumedBy: new CompositePrincipal(...operators.map((arn) => new ArnPrincipal(arn))).withConditions({
        Bool: { "aws:MultiFactorAuthPresent": "true" },
      }),
      inlinePolicies: {
        rewrap: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["kms:ReEncryptFrom"], resources: [fromKeyArn], conditions: algorithm }),
            new PolicyStatement({ actions: ["kms:ReEncryptTo"], resources: [toKeyArn], conditions: algorithm }),
            // The command `rewrap` asks for the size of the target key before it moves tokens.
            new PolicyStatement({ actions: ["kms:DescribeKey"], resources: [toKeyArn] }),
          ],
        }),
      },
    });
  }
}
