/**
 * The role under which `fieldseal keys verify` proves keys: it can decrypt, so it belongs to a deployment and not to a
 * person.
 */
import { ArnPrincipal, CompositePrincipal, PolicyDocument, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface VerifierRoleProps {
  readonly roleName: string;
  /** ARNs of those who may assume it. */
  readonly verifiers: readonly string[];
  readonly keyArns: readonly string[];
}

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
              conditions: { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
            }),
          ],
        }),
      },
    });
  }
}
