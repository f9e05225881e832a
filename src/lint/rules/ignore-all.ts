import { isStateful } from '../rows.ts';
import { declared, finding, type Rule } from './rule.ts';

/** `ignore_changes = all` also keeps what a later template update is meant to change. */
export const rule: Rule = {
  id: 'ignore/all',
  check: (context) =>
    declared(context).flatMap(({ decl }) => {
      const ignore = decl.lifecycle.ignoreChanges;
      // Volumes and disks are protected that way on purpose.
      if (ignore?.all !== true || isStateful(decl.type)) return [];
      const address = `${decl.type}.${decl.name}`;
      return [
        finding('ignore/all', {
          address,
          attribute: '',
          range: ignore.attribute.range,
          message: `\`${address}\` ignores all changes, those of a template update too: name the attributes that a claim changes`,
          ignored: ['all'],
        }),
      ];
    }),
};
