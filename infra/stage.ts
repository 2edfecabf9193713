/** What the stacks of one stage share: account and Region, and the rule that keeps the sample from being deployed. */
import { CfnRule, Fn, type Stack, type StackProps } from "aws-cdk-lib";

/** The stage that anybody can synthesise and nobody can deploy. */
export const sampleStage = "sample";

/** The environment of a stack; without an account, that of the credentials that `cdk` finds. */
export function envOf(account: string | undefined, region: string): StackProps {
  return { env: { region, ...(account === undefined ? {} : { account }) } };
}

/** Adds a rule that never holds. CloudFormation checks rules before it makes anything. */
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
