/** The role with which jobs of S3 Batch Operations invoke a reader. */
import { Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { allowObjects } from "./object-access.ts";
import type { ObjectPrefix } from "./reader-plan.ts";

/** Properties of a `BatchRole`. */
export interface BatchRoleProps {
  readonly roleName: string;
  readonly functionArn: string;
  /** The manifests and reports of the jobs. */
  readonly jobs: ObjectPrefix;
}

/**
 * The role may invoke the reader, and read and write manifests and reports. Only the reader may read the objects. To
 * create a job, a user needs `iam:PassRole` for this role.
 */
export class BatchRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { roleName, functionArn, jobs }: BatchRoleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.role = new Role(this, "Role", {
      roleName,
      description: "Fieldseal: jobs of S3 Batch Operations",
      assumedBy: new ServicePrincipal("batchoperations.s3.amazonaws.com"),
      inlinePolicies: {
        jobs: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [functionArn] }),
            ...allowObjects("read", jobs, stack),
            ...allowObjects("write", jobs, stack),
          ],
        }),
      },
    });
  }
}
