/** The role for `fieldseal keys verify`. It may decrypt, so it is for a deployment, and not for a person. */
import { ArnPrincipal, CompositePrincipal, PolicyDocument, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { tokenAlgorithm } from "./recipient-key-policy.ts";

/** Properties of a `VerifierRole`. */
export interface VerifierRoleProps {
  readonly roleName: string;
  /** ARNs of the principals that may assume it. */
  readonly verifiers: readonly string[];
  readonly keyArns: readonly string[];
}

/** A role that may get the public keys and decrypt under the keys, with the algorithm of tokens only. */
export class VerifierRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { roleName, verifiers, keyArns }: VerifierRoleProps) {
    super(scope, id);
    const resources = [...keyArns];
    this.role = new Role(this, "Role", {
      roleName,
      description: "Fieldseal: proves embedded public keys against KMS",
      assumedBy: new CompositePrincipal(...verifiers.map((arn) => new ArnPrincipal(arn))),
      inlinePolicies: {
        verify: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["kms:GetPublicKey"], resources }),
            new PolicyStatement({
              actions: ["kms:Decrypt"],
              resources,
              conditions: { StringEquals: tokenAlgorithm },
            }),
          ],
        }),
      },
    });
  }
}
