import { expect, it } from 'vitest';
import { initError } from '../../../src/engine/version-evaluator.ts';
import type { EngineInfo } from '../../../src/engine/engine.ts';

const engine = { kind: 'terraform', path: '/bin/terraform', version: '1.11.4' } as EngineInfo;
const answered = (stderr: string) =>
  initError(engine, {
    exitCode: 1,
    stdout: 'Initializing the backend...\n',
    stderr,
    timedOut: false,
    interrupted: false,
    startError: undefined,
  });

const NOT_VALID = `
Error: Terraform encountered problems during initialisation, including problems
with the configuration, described below.

The Terraform configuration must be valid before initialization so that
Terraform can determine which modules and providers need to be installed.

`;
const TWICE = `
Error: Duplicate required providers configuration

  on main.tf line 7, in terraform:
   7:   required_providers {

A module may have only one required providers configuration. The required
providers were previously configured at main.tf:2,3-21.
`;
const CORE = `
Error: Unsupported Terraform Core version

  on main.tf line 2, in terraform:
   2: required_version = ">= 9.0"

This configuration does not support Terraform version 1.11.4. To proceed,
either choose another supported Terraform version or update this version
constraint.
`;
const PROVIDER = `
Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider coder/coder:
no such host
`;
const MODULE = `
Error: Failed to download module

  on main.tf line 12:
  12: module "x" {

Could not download module "x" (main.tf:12) source code from
"git::https://example.org/x": error downloading
`;

it.each([
  [
    'what is wrong below',
    NOT_VALID + TWICE,
    'template_invalid',
    2,
    /^main\.tf:7: Duplicate required providers configuration: A module may/,
  ],
  [
    'a version of the engine',
    CORE,
    'template_invalid',
    2,
    /^main\.tf:2: Unsupported Terraform Core version: .*version 1\.11\.4\. To proceed/,
  ],
  [
    'a provider',
    PROVIDER,
    'provider_unavailable',
    3,
    /cannot be obtained: Failed to query available provider packages: .*no such host$/,
  ],
  ['a module', MODULE, 'module_unavailable', 3, /cannot be obtained: Failed to download module: Could not download module "x"/],
  [
    'something else',
    '\nError: Something\n\nIt went wrong.\n',
    'init_failed',
    3,
    /^terraform init failed: Something: It went wrong\.$/,
  ],
  ['nothing', 'killed', 'init_failed', 3, /^terraform init failed: exit code 1$/],
] as const)('tells %s', (_what, text, code, exitCode, message) => {
  expect(answered(text)).toMatchObject({ code, exitCode, message: expect.stringMatching(message) as string });
});
