/** The checks of a deployment at synth, as a validation plugin of the CDK: errors stop synth, warnings ask to be acknowledged. */
import { type IPolicyValidationPlugin, Stack, Validations } from "aws-cdk-lib";
import type { CfnFunction, CfnVersion } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import { isRecord } from "../core/shape.ts";
import type { CompiledPolicy } from "../core/policy.ts";
import { followReference, membersOf, readTemplate, type Template } from "./deployment.ts";
import { checkDistribution, originDomains, type RecogniseFunction, runsFunction } from "./distribution-check.ts";
import type { DeploymentFinding } from "./finding.ts";
import { checkFunction } from "./function-check.ts";

export interface CheckedFunction {
  readonly policy: CompiledPolicy;
  readonly function: CfnFunction;
  readonly version: CfnVersion;
}

/** Checks a function, and every distribution of the app that runs it or should. */
export function createDeploymentCheck(checked: CheckedFunction): IPolicyValidationPlugin {
  return {
    name: "Fieldseal",
    validate: ({ stackTemplates, appConstruct }) => {
      const findings = findMistakes(stackTemplates.map(readTemplate), checked)
        .filter(({ rule, severity }) => severity === "error" || !isAcknowledged(appConstruct, `Fieldseal::${rule}`));
      return {
        success: findings.every(({ severity }) => severity !== "error"),
        violations: findings.map(({ rule, severity, resource, place, description, fix }) => ({
          ruleName: rule,
          severity,
          description,
          fix,
          violatingResources: [{ resourceLogicalId: resource.id, templatePath: resource.template.path, locations: [place] }],
        })),
      };
    },
  };
}

/** All findings, from templates alone but for the names of the function and its version. */
function findMistakes(templates: readonly Template[], checked: CheckedFunction): readonly DeploymentFinding[] {
  const stack = Stack.of(checked.function);
  const functionId = String(stack.resolve(checked.function.logicalId));
  const versionId = String(stack.resolve(checked.version.logicalId));
  const resources = templates.flatMap((template) => template.resources);
  const edge = resources.find(({ id, type, template }) => id === functionId && type === "AWS::Lambda::Function" && template.path.endsWith(stack.templateFile));
  if (edge === undefined) return [];
  const version = edge.template.resources.find(({ id }) => id === versionId);
  const { FunctionName: name } = edge.properties;
  const named = typeof name === "string" ? new RegExp(`:function:${name.replace(/[^\w-]/g, "")}(?![\\w-])`) : undefined;
  /** Other stacks name it in an export, which holds its logical id; an alias of it names it in turn. */
  const recognise: RecogniseFunction = (arn, template) => {
    const text = JSON.stringify([arn, followReference(arn, template, "AWS::Lambda::Alias")?.properties["FunctionName"]]);
    if (text.includes(versionId) && !isPutTogether(arn)) return "version";
    if (!text.includes(versionId) && !text.includes(functionId) && named?.test(text) !== true) return undefined;
    return typeof arn === "string" && /:\d+$/.test(arn) ? "version" : "other";
  };
  const distributions = resources.filter(({ type }) => type === "AWS::CloudFront::Distribution");
  const running = distributions.filter((distribution) => runsFunction(distribution, recognise));
  const origins = new Set(running.flatMap((distribution) => [...originDomains(distribution)]));
  return [
    ...checkFunction(edge, version),
    ...running.flatMap((distribution) => checkDistribution(distribution, checked.policy, recognise)),
    ...distributions
      .filter((distribution) => !running.includes(distribution))
      .map((distribution): DeploymentFinding => {
        const leadsToOrigin = [...originDomains(distribution)].some((domain) => origins.has(domain));
        return {
          rule: "DistributionUnprotected",
          severity: leadsToOrigin || running.length === 0 ? "error" : "warning",
          resource: distribution,
          place: "Properties/DistributionConfig",
          description: leadsToOrigin
            ? "This distribution leads to the same origin as a protected one, without running the function."
            : "No behaviour of this distribution runs the function.",
          fix: "Associate the function's version: event origin-request, with the body. A distribution that serves something else belongs to another app.",
        };
      }),
  ];
}

/** `Fn::Join` and `Fn::Sub` append a qualifier, such as an alias, to an ARN. */
function isPutTogether(arn: unknown): boolean {
  const { "Fn::Join": join, "Fn::Sub": substitution } = membersOf(arn);
  return join !== undefined || substitution !== undefined;
}

/** Acknowledgements stand in the metadata of any construct of the app. */
function isAcknowledged(app: IConstruct, rule: string): boolean {
  return app.node.findAll().some(({ node }) =>
    node.metadata.some(
      ({ type, data }) =>
        type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY &&
        isRecord(data) &&
        Object.keys(data).some((id) => id.replace(/^annotation::/i, "") === rule),
    ),
  );
}
