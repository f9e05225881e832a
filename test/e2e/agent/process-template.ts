import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSandbox, type Sandbox } from '../../support/cli.ts';
import { freePort } from '../../support/port.ts';

/** A workspace whose machine is a process that runs the agent, as the templates of containers do. Everything is noted in one folder. */
export const processTemplate = (scripts: {
  readonly start: string;
  readonly stop?: string;
  /** Work of the engine that goes on while the agent is up already, in shell. */
  readonly after?: string;
  readonly instances?: number;
}): string => `
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
variable "notes" { type = string }
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_workspace_preset" "small" {
  name    = "Small"
  default = true
  prebuilds { instances = ${String(scripts.instances ?? 1)} }
}
resource "coder_agent" "main" {
  os             = "linux"
  arch           = "amd64"
  startup_script = <<-EOT
    ${scripts.start}
  EOT
  shutdown_script = ${scripts.stop === undefined ? 'null' : JSON.stringify(scripts.stop)}
  env = { OWNER = "of agent" }
}
resource "coder_env" "owner" {
  agent_id = coder_agent.main.id
  name     = "PERSON"
  value    = data.coder_workspace_owner.me.name
}
resource "terraform_data" "machine" {
  count = data.coder_workspace.me.start_count
  input = { notes = var.notes, id = data.coder_workspace.me.id }
  provisioner "local-exec" {
    command     = "setsid sh -c \\"$INIT\\" >/dev/null 2>&1 </dev/null & echo $! >\\"$NOTES/pid\\"; cp \\"$NOTES/pid\\" \\"$NOTES/pid-$ID\\"; date +%s%3N >\\"$NOTES/began\\""
    environment = { INIT = coder_agent.main.init_script, CODER_AGENT_TOKEN = coder_agent.main.token, NOTES = self.input.notes, ID = self.input.id }
  }
  provisioner "local-exec" {
    when        = destroy
    command     = "echo destroy >>\\"$NOTES/note\\"; kill -KILL -$(cat \\"$NOTES/pid-$ID\\") || true"
    environment = { NOTES = self.input.notes, ID = self.input.id }
  }
}
${
  scripts.after === undefined
    ? ''
    : `resource "terraform_data" "after" {
  depends_on = [terraform_data.machine]
  provisioner "local-exec" {
    command = ${JSON.stringify(scripts.after)}
  }
}`
}
`;

/** A home that hears agents on a port of its own. */
export async function agentSandbox(more = ''): Promise<Sandbox> {
  const box = makeSandbox();
  const port = String(await freePort());
  box.config(`access_url: http://127.0.0.1:${port}\nagent_listen: 127.0.0.1:${port}\nrehearsal: false\n${more}`);
  return box;
}

/** A file of the sandbox, empty while it does not exist. */
export function noted(box: Sandbox, name = 'note'): string {
  const path = join(box.folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
