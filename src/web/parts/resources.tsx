import type { ResourceView } from '../../api/app.ts';
import { clean } from '../text.ts';
import { Table } from './table.tsx';

/** What a workspace is made of. */
export const Resources = ({ of }: { of: readonly ResourceView[] }) =>
  of.length === 0 ? null : (
    <>
      <h3>Resources</h3>
      <Table caption="Resources" columns={[{ head: 'Address' }, { head: 'Id' }]}>
        {of.map(({ address, id }) => (
          <tr key={address}>
            <th scope="row" class="mono address">
              {clean(address)}
            </th>
            <td class="mono soft break">{id === undefined ? '' : clean(id)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
