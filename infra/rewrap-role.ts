/** A role that moves tokens from one recipient's key to another's inside of KMS, and can open none. */
import { ArnPrincipal, CompositePrincipal, PolicyDocument, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface RewrapRoleProps {
  readonly roleName: string;
  /** ARNs of those who may assume it, with multi-factor authentication. */
  readonly operators: readonly string[];
  readonly fromKeyArn: string;
  readonly toKeyArn: string;
}

/** One role a pair: with several pairs in one role, any source could go to any destination. */
export class RewrapRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { roleName, operators, fromKeyArn, toKeyArn }: RewrapRoleProps) {
    super(scope, id);
    const algorithm = { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } };
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
            // The command asks for the new key's size before it moves anything.
            new PolicyStatement({ actions: ["kms:DescribeKey"], resources: [toKeyArn] }),
          ],
        }),
      },
    });
  }
}
