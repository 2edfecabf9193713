/** Runs the AwsSolutions rules of cdk-nag, and acknowledges some of their findings with reasons. */
import { type App, type Stack, Token, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";

/** Acknowledged findings of every stage, by the ends of stacks' names. */
const acknowledged: readonly { readonly stack: string; readonly id: string; readonly reason: string }[] = [
  {
    stack: "-edge",
    id: "AwsSolutions-CFR1",
    reason:
      "The owner of an API decides whom it serves. " +
      "A geographic restriction here would refuse viewers that the origin accepts.",
  },
  {
    stack: "-edge",
    id: "AwsSolutions-CFR2",
    reason:
      "A web ACL belongs to the application and runs before the function. " +
      "Field-level encryption neither replaces nor needs it. Attach yours to the distribution.",
  },
  {
    stack: "-edge",
    id: "AwsSolutions-CFR3",
    reason:
      "Access logs hold the URL, query string and cookies as the viewer sent them, before the function ran: " +
      "by default, they would store in plaintext what the function protects. " +
      "The function logs each request itself, without values.",
  },
  {
    stack: "-edge",
    id: "AwsSolutions-CFR4",
    reason:
      "Applies only without your own domain name: CloudFront's certificate fixes the minimum. " +
      "The check MinimumTls warns about it at every synth, and stops older TLS with your own domain name.",
  },
];

const edgeLogs =
  "Lambda@Edge writes logs in the Region that served the request, into streams that it names itself, " +
  "so Region and stream are unknown here. The log group's name is exact.";

/**
 * Checks of cfn-lint that every stack ignores. W3005: CDK writes a dependency beside the reference that implies it.
 * W8003: the sample's rule must never hold.
 */
const lintWarnings = ["W3005", "W8003"];

/** Adds cdk-nag to an app, with the acknowledgements that every stage has. */
export function addSecurityCheck(app: App, stacks: readonly Stack[]): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  for (const stack of stacks) {
    stack.templateOptions.metadata = {
      ...stack.templateOptions.metadata,
      "cfn-lint": { config: { ignore_checks: lintWarnings } },
    };
    for (const { id, reason } of acknowledged.filter((each) => stack.stackName.endsWith(each.stack))) {
      Validations.of(stack).acknowledge({ id, reason });
    }
    if (stack.stackName.endsWith("-edge")) acknowledgeEdgeLogs(stack);
  }
}

/** cdk-nag reports each wildcard, with placeholders for what only the deployment knows. */
function acknowledgeEdgeLogs(stack: Stack): void {
  const account = Token.isUnresolved(stack.account) ? "<AWS::AccountId>" : stack.account;
  const partition = Token.isUnresolved(stack.partition) ? "<AWS::Partition>" : stack.partition;
  const group = `arn:${partition}:logs:*:${account}:log-group:/aws/lambda/us-east-1.${stack.stackName}`;
  for (const resource of [group, `${group}:*`]) {
    Validations.of(stack).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: edgeLogs });
  }
}
