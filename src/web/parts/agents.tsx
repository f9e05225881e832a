import type { AgentView, AppView } from '../../api/agents.ts';
import { scriptWords } from '../script-words.ts';
import { clean } from '../text.ts';
import { Table } from './table.tsx';

/** Agents of a workspace with their scripts and what they measured last. */
export const Agents = ({ of }: { of: readonly AgentView[] }) =>
  of.length === 0 ? null : (
    <>
      <h3>Agents</h3>
      <Table caption="Agents" columns={[{ head: 'Agent' }, { head: 'State' }, { head: 'Scripts' }]}>
        {of.map((agent) => (
          <tr key={agent.name}>
            <th scope="row" class="mono">
              {clean(agent.name)}
            </th>
            <td>{agent.lifecycle === undefined ? 'not served' : agent.lifecycle.replace('_', ' ')}</td>
            <td>{agent.scripts.map((script) => clean(scriptWords(agent.lifecycle, script))).join('; ')}</td>
          </tr>
        ))}
      </Table>
      <Measured of={of} />
    </>
  );

function Measured({ of }: { of: readonly AgentView[] }) {
  const items = of.flatMap((agent) => agent.metadata.map((item) => ({ agent: agent.name, ...item })));
  if (items.length === 0) return null;
  return (
    <Table caption="Measured by agents" columns={[{ head: 'Measured' }, { head: 'Value' }]}>
      {items.map(({ agent, key, name, value }) => (
        <tr key={`${agent}/${key}`}>
          <th scope="row">{clean(name)}</th>
          <td class="mono soft break">{value === undefined ? '' : clean(value)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Apps that the template declares. They lead where the template says; only addresses of the web become links. */
export const Apps = ({ of }: { of: readonly AppView[] }) => {
  const shown = of.filter(({ hidden }) => !hidden);
  return shown.length === 0 ? null : (
    <>
      <h3>Apps</h3>
      <Table caption="Apps" columns={[{ head: 'App' }, { head: 'Where' }]}>
        {shown.map(({ slug, name, url, command, external }) => (
          <tr key={slug}>
            <th scope="row">{clean(name)}</th>
            <td class="mono soft break">
              {external && url !== undefined && /^https?:\/\//.test(url) ? (
                <a href={url} rel="noreferrer noopener" target="_blank">
                  {clean(url)}
                </a>
              ) : (
                clean(url ?? command ?? '')
              )}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
};
