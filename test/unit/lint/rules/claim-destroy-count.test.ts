import { describeRule } from './support.ts';

describeRule('claim/destroy-count', {
  bad: [
    {
      address: 'docker_container.cache[0]',
      attribute: '',
      severity: 'warning',
      confidence: 'certain',
      at: '16:3',
      causes: ['data.coder_workspace.me.prebuild_count @16:11'],
      chain: ['`data.coder_workspace.me.prebuild_count` changes @16:11'],
      fix: undefined,
    },
  ],
});
