// `prebuilds --version` against `node -e 0`, interleaved. To reach: <= 1.5.
import { BIN, median, option, row, timeSync } from './support.mjs';

const rounds = option('rounds', 20);
const node = [];
const tool = [];
for (let n = 0; n < rounds; n += 1) {
  node.push(timeSync(process.execPath, ['-e', '0']).ms);
  tool.push(timeSync(process.execPath, [BIN, '--version']).ms);
}
row('node -e 0', median(node), median(node));
row('prebuilds --version', median(tool), median(node));
