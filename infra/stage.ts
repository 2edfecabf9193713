/** Shared by the stacks of a stage: account and Region, and the rule that prevents deploying the sample. */
import { CfnRule, Fn, type Stack, type StackProps } from "aws-cdk-lib";

/** The stage that everybody can synthesise and nobody can deploy. */
export const sampleStage = "sample";

/** The environment of a stack. Without an account, `cdk` takes the account of its credentials. */
export function envOf(account: string | undefined, region: string): StackProps {
  return { env: { region, ...(account === undefined ? {} : { account }) } };
}

/** Adds a rule that never holds. CloudFormation checks rules before it makes anything. */
export function forbidDeployment(stack: Stack): void {
  new CfnRule(stack, "StageSampleIsNotForDeployment", {
    assertions: [
      {
        assert: Fn.conditionEquals("stage sample", "deployable"),
        assertDescription:
          "Stage sample cannot be deployed: no KMS key can open its tokens. Make your own keys and policy.",
      },
    ],
  });
}
