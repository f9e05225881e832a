import { describeRule } from './support.ts';

describeRule('claim/multi-agent-token', {
  bad: [
    {
      address: 'docker_container.workspace[0]',
      attribute: 'env',
      severity: 'warning',
      confidence: 'certain',
      at: '25:14',
      causes: ['coder_agent.main.token @25:35'],
      chain: [
        'reads `coder_agent.main.token` @25:35',
        '`coder_agent.main.token` is new at every refresh with several agents @25:35',
      ],
      fix: {
        description: 'add `env` to ignore_changes of docker_container.workspace',
        lines: ['+', '+  lifecycle {', '+    ignore_changes = [env]', '+  }'],
      },
    },
  ],
});
