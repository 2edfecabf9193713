/** Checks a deployment at synth, as a validation plugin of CDK. Errors stop synth. Warnings wait for a reason. */
import { basename } from "node:path";
import { CfnElement, Stack, Stage, Validations } from "aws-cdk-lib";
import type { CfnFunction, CfnVersion } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import { isRecord } from "../core/config/config-value.ts";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { originDomains, protectedDomains, type RecogniseFunction, runsFunction } from "./behaviours.ts";
import { followReference, membersOf, type Resource, readTemplate, type Template } from "./deployment.ts";
import { checkDistribution } from "./distribution-check.ts";
import type { DeploymentFinding } from "./finding.ts";
import { checkFunction } from "./function-check.ts";

/** A function to check, its version that distributions run, and the policy in its bundle. */
export interface CheckedFunction {
  readonly policy: CompiledPolicy;
  readonly function: CfnFunction;
  readonly version: CfnVersion;
}

/** The checked functions by app, or by Stage of an app: one check sees all of them. */
const checkedTogether = new WeakMap<IConstruct, CheckedFunction[]>();

/** Makes synth check a function, and every distribution of the app that runs it or should run it. */
export function checkDeployment(scope: IConstruct, checked: CheckedFunction): void {
  const stage = Stage.of(scope) ?? scope.node.root;
  const together = checkedTogether.get(stage);
  if (together !== undefined) return void together.push(checked);
  const functions = [checked];
  checkedTogether.set(stage, functions);
  Validations.of(scope).addPlugins({
    name: "Fieldseal",
    validate: ({ stackTemplates, appConstruct }) => {
      const findings = [true, false]
        .flatMap((holds) =>
          findMistakes(
            stackTemplates.map((template) => readTemplate(template, holds)),
            functions,
          ),
        )
        .filter(isFirstOfItsKind)
        .filter((finding) => finding.severity === "error" || !isAcknowledged(appConstruct, finding));
      return {
        success: findings.every(({ severity }) => severity !== "error"),
        violations: findings.map(({ rule, severity, resource, place, description, fix }) => ({
          ruleName: rule,
          severity,
          description,
          fix,
          violatingResources: [
            { resourceLogicalId: resource.id, templatePath: resource.template.path, locations: [place] },
          ],
        })),
      };
    },
  });
}

interface PlacedFunction {
  readonly edge: Resource;
  readonly version: Resource | undefined;
  readonly policy: CompiledPolicy;
  readonly recognise: RecogniseFunction;
}

/** All findings. They come from the templates. Only the names of functions and versions come from constructs. */
function findMistakes(
  templates: readonly Template[],
  functions: readonly CheckedFunction[],
): readonly DeploymentFinding[] {
  const placed = functions.flatMap((checked) => placeFunction(templates, checked) ?? []);
  const distributions = templates
    .flatMap(({ resources }) => resources)
    .filter(({ type }) => type === "AWS::CloudFront::Distribution");
  const running = distributions.filter((distribution) =>
    placed.some(({ recognise }) => runsFunction(distribution, recognise)),
  );
  const origins = new Set(
    running.flatMap((distribution) =>
      placed.flatMap(({ recognise }) => [...protectedDomains(distribution, recognise)]),
    ),
  );
  return [
    ...placed.flatMap(({ edge, version }) => checkFunction(edge, version)),
    ...placed.flatMap(({ policy, recognise }) => {
      const others = placed.map((other) => other.recognise).filter((other) => other !== recognise);
      return distributions
        .filter((distribution) => runsFunction(distribution, recognise))
        .flatMap((distribution) => checkDistribution(distribution, policy, recognise, others));
    }),
    ...(placed.length === 0 ? [] : distributions)
      .filter((distribution) => !running.includes(distribution))
      .map((distribution): DeploymentFinding => {
        const leadsToOrigin = [...originDomains(distribution)].some((domain) => origins.has(domain));
        return {
          rule: "DistributionUnprotected",
          severity: leadsToOrigin || running.length === 0 ? "error" : "warning",
          resource: distribution,
          place: "Properties/DistributionConfig",
          description: leadsToOrigin
            ? "This distribution leads to the origin of a protected distribution without running the function."
            : "No behaviour of this distribution runs the function.",
          fix:
            "Associate the function's version at the event origin-request, with the body. " +
            "Or move a distribution for other content to another app.",
        };
      }),
  ];
}

/** Two functions of one distribution, or both branches of a condition, can give the same finding. */
function isFirstOfItsKind(finding: DeploymentFinding, index: number, all: readonly DeploymentFinding[]): boolean {
  const textOf = ({ rule, place, resource, description }: DeploymentFinding): string =>
    [rule, place, resource.id, resource.template.path, description].join();
  return all.findIndex((other) => textOf(other) === textOf(finding)) === index;
}

function placeFunction(templates: readonly Template[], checked: CheckedFunction): PlacedFunction | undefined {
  const stack = Stack.of(checked.function);
  const functionId = String(stack.resolve(checked.function.logicalId));
  const versionId = String(stack.resolve(checked.version.logicalId));
  const home = templates.find(({ path }) => basename(path) === stack.templateFile);
  const edge = home?.resources.find(({ id, type }) => id === functionId && type === "AWS::Lambda::Function");
  if (edge === undefined) return undefined;
  const { FunctionName: name } = edge.properties;
  const named = typeof name === "string" ? new RegExp(`:function:${name.replace(/[^\w-]/g, "")}(?![\\w-])`) : undefined;
  /** Other stacks name the function by an alias, or by an export, which holds its logical id. */
  const recognise: RecogniseFunction = (arn, template) => {
    const isLocal = lambdaTypes.some((type) => followReference(arn, template, type) !== undefined);
    if (isLocal && template !== home) return undefined;
    const text = JSON.stringify([
      arn,
      followReference(arn, template, "AWS::Lambda::Alias")?.properties["FunctionName"],
    ]);
    if (text.includes(versionId) && !isPutTogether(arn)) return "version";
    if (!text.includes(versionId) && !text.includes(functionId) && named?.test(text) !== true) return undefined;
    return typeof arn === "string" && /:\d+$/.test(arn) ? "version" : "other";
  };
  return {
    edge,
    version: edge.template.resources.find(({ id }) => id === versionId),
    policy: checked.policy,
    recognise,
  };
}

const lambdaTypes = ["AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"];

/** True if `Fn::Join` or `Fn::Sub` appends a qualifier, such as an alias, to an ARN. */
function isPutTogether(arn: unknown): boolean {
  const { "Fn::Join": join, "Fn::Sub": substitution } = membersOf(arn);
  return join !== undefined || substitution !== undefined;
}

/** CDK keeps acknowledgements in the metadata of the construct with the finding, or of one around it. */
function isAcknowledged(app: IConstruct, { rule, resource }: DeploymentFinding): boolean {
  const about = app.node
    .findAll()
    .find(
      (construct) =>
        CfnElement.isCfnElement(construct) &&
        basename(resource.template.path) === construct.stack.templateFile &&
        construct.stack.resolve(construct.logicalId) === resource.id,
    );
  return (about ?? app).node.scopes.some(({ node }) =>
    node.metadata.some(
      ({ type, data }) =>
        type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY &&
        isRecord(data) &&
        Object.keys(data).some((id) => id.replace(/^annotation::/i, "") === `Fieldseal::${rule}`),
    ),
  );
}
