/** What the stacks of one stage share: where they are, and the rule that keeps the sample from being deployed. */
import { CfnRule, Fn, type Stack, type StackProps } from "aws-cdk-lib";

/** The stage that can be synthesised by anybody and deployed by nobody. */
export const sampleStage = "sample";

/** A Region of the stage's account; without an account, of the one whose credentials `cdk` finds. */
export function envOf(account: string | undefined, region: string): StackProps {
  return { env: { region, ...(account === undefined ? {} : { account }) } };
}

/** CloudFormation checks rules before it makes anything; this one never holds. */
export function forbidDeployment(stack: Stack): void {
  new CfnRule(stack, "StageSampleIsNotForDeployment", {
    assertions: [
      {
        assert: Fn.conditionEquals("stage sample", "deployable"),
        assertDescription: "Stage sample holds a public key that no KMS key can open. Make your own keys and policy.",
      },
    ],
  });
}
