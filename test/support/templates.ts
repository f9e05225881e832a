/** Templates of the e2e tests: the real coder provider, everything else built into the engine. */

const HEAD = `
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
`;

const preset = (instances: number, parameters = '') => `
data "coder_workspace_preset" "standard" {
  name    = "Standard"
  default = true
  ${parameters}
  prebuilds {
    instances = ${String(instances)}
  }
}
`;

/** One agent and one resource that a claim leaves alone; \`marker\` makes the content of a version its own. */
export const plain = (instances: number, marker = '1'): string => `${HEAD}${preset(instances)}
resource "terraform_data" "machine" {
  input = "version ${marker} of \${data.coder_workspace.me.id}"
}
output "owner" { value = data.coder_workspace_owner.me.name }
`;

/** Creating it takes \`create\` seconds, claiming it \`claim\` seconds (a step of its own that follows the owner). */
export const slow = (instances: number, create: number, claim: number): string => `${HEAD}${preset(instances)}
resource "terraform_data" "machine" {
  input      = data.coder_workspace.me.id
  depends_on = [coder_agent.main]
  provisioner "local-exec" { command = "sleep ${String(create)}; echo made >> \${path.root}/made.txt" }
}
resource "coder_metadata" "owner" {
  resource_id = terraform_data.machine.id
  item {
    key   = "owner"
    value = data.coder_workspace_owner.me.name
  }
}
resource "terraform_data" "handover" {
  count            = data.coder_workspace_owner.me.name == "prebuilds" ? 0 : 1
  triggers_replace = data.coder_workspace_owner.me.name
  provisioner "local-exec" { command = "sleep ${String(claim)}; echo claimed >> \${path.root}/claimed.txt" }
}
`;

/** Its build always fails after the engine has started to work. */
export const failing = (instances: number): string => `${HEAD}${preset(instances)}
resource "terraform_data" "machine" {
  provisioner "local-exec" { command = "echo no such luck >&2; exit 7" }
}
`;

/** The owner's name is in an attribute that forces replacement. */
export const rebuilding = (instances: number): string => `${HEAD}${preset(instances)}
resource "terraform_data" "machine" {
  triggers_replace = data.coder_workspace_owner.me.name
}
`;

/** Parameters of every kind: pinned by the preset, mutable, immutable. */
export const parameterised = (instances: number): string => `${HEAD}${preset(instances, 'parameters = { cpus = 4 }')}
data "coder_parameter" "cpus" {
  name    = "cpus"
  type    = "number"
  default = 2
  validation {
    min = 1
    max = 8
  }
}
data "coder_parameter" "mood" {
  name    = "mood"
  type    = "string"
  default = "calm"
  mutable = true
  option {
    name  = "Calm"
    value = "calm"
  }
  option {
    name  = "Wild"
    value = "wild"
  }
}
data "coder_parameter" "region" {
  name    = "region"
  type    = "string"
  default = "eu"
}
resource "terraform_data" "machine" {
  input = "\${data.coder_parameter.cpus.value} \${data.coder_parameter.region.value}"
}
output "mood" { value = data.coder_parameter.mood.value }
`;
