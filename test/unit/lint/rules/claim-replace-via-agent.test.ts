import { describeRule } from './support.ts';

const fix = {
  description:
    'move `GIT_AUTHOR_NAME` out of the env of coder_agent.main into coder_env resources, so that the agent is not rebuilt',
  lines: [
    '-    GIT_AUTHOR_NAME = coalesce(data.coder_workspace_owner.me.full_name, data.coder_workspace_owner.me.name)',
    '+}',
    '+',
    '+resource "coder_env" "git_author_name" {',
    '+  agent_id = coder_agent.main.id',
    '+  name     = "GIT_AUTHOR_NAME"',
    '+  value    = coalesce(data.coder_workspace_owner.me.full_name, data.coder_workspace_owner.me.name)',
  ],
};
const causes = ['data.coder_workspace_owner.me.full_name @18:32', 'data.coder_workspace_owner.me.name @18:73'];
const last = '`data.coder_workspace_owner.me.full_name` changes @18:32';

describeRule('claim/replace-via-agent', {
  bad: [
    {
      address: 'docker_container.workspace[0]',
      attribute: 'command',
      severity: 'error',
      confidence: 'likely',
      at: '26:26',
      causes,
      chain: ['reads `coder_agent.main.init_script` @26:26', last],
      fix,
    },
    {
      address: 'docker_container.workspace[0]',
      attribute: 'env',
      severity: 'error',
      confidence: 'likely',
      at: '29:5',
      causes,
      chain: ['reads `coder_agent.main.token` @29:26', last],
      fix,
    },
  ],
});
