import { describe, expect, it } from 'vitest';
import { parseStateAgents, readStateAgents } from '../../../src/engine/state-agents.ts';

const resource = (type: string, name: string, ...instances: object[]) => ({ mode: 'managed', type, name, instances });
const state = (...resources: object[]) => JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources });
const agent = (attributes: object, more: object = {}) => ({
  attributes: { id: 'a', token: 'secret-token', ...attributes },
  ...more,
});

describe('parseStateAgents', () => {
  it('reads scripts, variables and metadata of each agent', () => {
    const text = state(
      resource(
        'coder_agent',
        'main',
        agent({
          dir: '/w',
          env: { A: 'own', B: 'b' },
          startup_script: 'start',
          shutdown_script: '  ',
          metadata: [{ key: 'cpu', display_name: '', script: 'stat', interval: 10, timeout: 1 }],
        }),
      ),
      resource('coder_agent', 'other', agent({ id: 'o', token: 'two' })),
      resource('coder_script', 's', {
        index_key: 'k',
        attributes: {
          agent_id: 'a',
          display_name: 'S',
          script: 'x',
          run_on_start: true,
          run_on_stop: true,
          timeout: 5,
          log_path: 'l',
        },
      }),
      resource('coder_script', 'cron', { attributes: { agent_id: 'a', script: 'x', cron: '* * * * *' } }),
      resource('coder_script', 'foreign', { attributes: { agent_id: 'o', script: 'y', run_on_stop: true } }),
      resource('coder_env', 'one', { attributes: { agent_id: 'a', name: 'A', value: 'below' } }),
      resource('coder_env', 'p1', { attributes: { agent_id: 'a', name: 'P', value: '1' } }),
      resource('coder_env', 'p2', { attributes: { agent_id: 'a', name: 'P', value: '2', merge_strategy: 'append' } }),
      resource('coder_env', 'p3', { attributes: { agent_id: 'a', name: 'P', value: '0', merge_strategy: 'prepend' } }),
    );
    const [main, other] = parseStateAgents(text);
    expect(main).toMatchObject({
      name: 'main',
      address: 'coder_agent.main',
      token: 'secret-token',
      dir: '/w',
      env: { A: 'own', B: 'b', P: '0:1:2' },
    });
    expect(main!.scripts).toEqual([
      { id: 'startup', name: 'Startup Script', when: 'start', timeoutSeconds: 0, text: 'start', logPath: '' },
      {
        id: expect.stringMatching(/^s-[0-9a-f]{12}$/) as string,
        name: 'S',
        when: 'both',
        timeoutSeconds: 5,
        text: 'x',
        logPath: 'l',
      },
    ]);
    expect(main!.meta).toEqual([{ id: 'm0', key: 'cpu', displayName: 'cpu', everySeconds: 10, timeoutSeconds: 1, text: 'stat' }]);
    expect(other!.scripts.map((one) => one.when)).toEqual(['stop']);
  });

  it('names instances apart, leaves out deposed ones and those without a token', () => {
    const text = state(
      resource(
        'coder_agent',
        'dev',
        agent({}, { index_key: 0 }),
        agent({}, { index_key: 1 }),
        agent({}, { index_key: 2, deposed: 'x' }),
      ),
      resource('coder_agent', 'map', agent({}, { index_key: 'eu' }), agent({ token: '' }, { index_key: 'us' })),
    );
    expect(parseStateAgents(text).map((one) => [one.name, one.address])).toEqual([
      ['dev', 'coder_agent.dev[0]'],
      ['dev-1', 'coder_agent.dev[1]'],
      ['map-eu', 'coder_agent.map["eu"]'],
    ]);
  });

  it('knows what logs must not show: the token, and values that the engine marks', () => {
    const step = (value: unknown) => ({ type: 'get_attr', value });
    const text = state(
      resource(
        'coder_agent',
        'main',
        agent(
          { env: { OPEN: 'open', KEY: 'env-secret' } },
          { sensitive_attributes: [[step('env'), { type: 'index', value: { value: 'KEY', type: 'string' } }]] },
        ),
      ),
      resource('coder_env', 'e', {
        attributes: { agent_id: 'a', name: 'E', value: 'coder-env-secret' },
        sensitive_attributes: [[step('value')]],
      }),
    );
    expect(parseStateAgents(text)[0]!.secrets).toEqual(['secret-token', 'env-secret', 'coder-env-secret']);
  });

  it.each(['', '{', '[]', '{"version":4}', '{"resources":[{"type":"coder_agent","instances":7}]}'])(
    'finds none in %j',
    (text) => {
      expect(parseStateAgents(text)).toEqual([]);
    },
  );

  it('finds none where there is no file', () => {
    expect(readStateAgents('/nonexistent/terraform.tfstate')).toEqual([]);
  });
});
