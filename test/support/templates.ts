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

/** It takes `seconds` to make and as long to destroy. */
export const lasting = (seconds: number): string => `${HEAD}${preset(0)}
resource "terraform_data" "machine" {
  provisioner "local-exec" { command = "sleep ${String(seconds)}" }
  provisioner "local-exec" {
    when    = destroy
    command = "sleep ${String(seconds)}"
  }
}
`;

/** It is made, and never destroyed. */
export const lastingForEver = (): string => `${HEAD}${preset(0)}
resource "terraform_data" "machine" {
  provisioner "local-exec" {
    when    = destroy
    command = "echo its cloud is gone >&2; exit 7"
  }
}
`;

/** The owner's name is in an attribute that forces replacement. */
export const rebuilding = (instances: number): string => `${HEAD}${preset(instances)}
resource "terraform_data" "machine" {
  triggers_replace = data.coder_workspace_owner.me.name
}
`;

/** The workspace's name is in an attribute that forces replacement. */
export const named = (instances: number): string => `${HEAD}${preset(instances)}
resource "terraform_data" "machine" {
  triggers_replace = data.coder_workspace.me.name
}
`;

/** Parameters that are there for some values of another one only, as in Coder's dynamic parameters; a pool of one prebuild for each way. */
export const dynamic = (): string => `${HEAD}
data "coder_workspace_preset" "plain" {
  name       = "Plain"
  default    = true
  parameters = { way = "password" }
  prebuilds { instances = 1 }
}
data "coder_workspace_preset" "keys" {
  name       = "Keys"
  parameters = { way = "key", key = "abc" }
  prebuilds { instances = 1 }
}
data "coder_parameter" "way" {
  name    = "way"
  default = "password"
  mutable = true
}
data "coder_parameter" "password" {
  count   = data.coder_parameter.way.value == "password" ? 1 : 0
  name    = "password"
  default = "none"
  mutable = true
}
data "coder_parameter" "key" {
  count   = data.coder_parameter.way.value == "key" ? 1 : 0
  name    = "key"
  mutable = true
}
output "key" { value = try(data.coder_parameter.key[0].value, "-") }
output "password" { value = try(data.coder_parameter.password[0].value, "-") }
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

/** A disk that costs 2 a day and a machine that costs `machine` more while it runs; `groups` is what the owner's groups are seen as. */
export const costing = (instances: number, machine: number): string => `${HEAD}${preset(instances)}
resource "terraform_data" "disk" {
  input = data.coder_workspace.me.id
}
resource "coder_metadata" "disk" {
  resource_id = terraform_data.disk.id
  daily_cost  = 2
}
resource "terraform_data" "machine" {
  count = data.coder_workspace.me.start_count
}
resource "coder_metadata" "machine" {
  count       = data.coder_workspace.me.start_count
  resource_id = terraform_data.machine[0].id
  daily_cost  = ${String(machine)}
}
output "groups" { value = join(" ", sort(data.coder_workspace_owner.me.groups)) }
`;

/** One parameter whose only option is the owner's name, an ephemeral one, and one that is empty unless it is set. */
export const ofOwner = (instances: number): string => `${HEAD}${preset(instances)}
data "coder_parameter" "who" {
  name    = "who"
  type    = "string"
  mutable = true
  default = data.coder_workspace_owner.me.name
  option {
    name  = "Me"
    value = data.coder_workspace_owner.me.name
  }
}
data "coder_parameter" "debug" {
  name      = "debug"
  type      = "string"
  default   = "off"
  mutable   = true
  ephemeral = true
}
data "coder_parameter" "note" {
  name    = "note"
  default = ""
}
output "note" { value = data.coder_parameter.note.value }
output "who" { value = data.coder_parameter.who.value }
output "debug" { value = data.coder_parameter.debug.value }
`;
