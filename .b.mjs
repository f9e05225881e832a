import { build } from 'esbuild';
const stub={name:'s',setup(b){b.onResolve({filter:/locales\/index\.js$/},a=>a.importer.includes('zod')?{path:a.path,namespace:'stub'}:undefined);b.onLoad({filter:/.*/,namespace:'stub'},()=>({contents:'export {}'}))}};
await build({entryPoints:['.trial/zodx.mjs'],outfile:'.trial/zodx.out.mjs',bundle:true,platform:'node',format:'esm',minifySyntax:true,minifyWhitespace:true,plugins:[stub]});
