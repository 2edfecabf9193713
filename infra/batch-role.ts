/** The role under which jobs of S3 Batch Operations invoke a reader. */
import { Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { allowObjects } from "./object-access.ts";
import type { ObjectPlace } from "./reader-plan.ts";

export interface BatchRoleProps {
  readonly roleName: string;
  readonly functionArn: string;
  /** Where manifests and reports are. */
  readonly jobs: ObjectPlace;
}

/**
 * It reads no object of the lake itself: the reader does. Whoever makes a job must be allowed to pass it
 * (`iam:PassRole`).
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
