import { spawnSync } from 'node:child_process';
const names=['none','cp','commander','cli-table3','chalk','zod','zodx','kysely','execa'];const xs=Object.fromEntries(names.map(n=>[n,[]]));
for(let i=0;i<15;i++)for(const n of names){const s=performance.now();spawnSync(process.execPath,['/work/main/.trial/'+n+'.out.mjs']);xs[n].push(performance.now()-s)}
for(const n of names)console.log(n,xs[n].sort((a,b)=>a-b)[7].toFixed(1));
