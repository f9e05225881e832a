import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/lint/edits.ts';
import { keys, lintText } from './rules/support.ts';

/** What becomes of the `env` of an agent whose variables follow the owner, written in many ways, and of the rest of the template. */
const template = (agent: string, more = ''): string => `data "coder_workspace_owner" "me" {}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
  dir  = "/home/coder"
${agent}}
${more}
resource "docker_container" "w" {
  name  = "w"
  image = "x"
  env   = ["CODER_AGENT_TOKEN=\${coder_agent.main.token}"]
}
`;

const moved = (label: string, name: string, value: string): string => `
resource "coder_env" "${label}" {
  agent_id = coder_agent.main.id
  name     = "${name}"
  value    = ${value}
}
`;

const OWNER = 'data.coder_workspace_owner.me.name';
const EMAIL = 'data.coder_workspace_owner.me.email';
const author = moved('author', 'AUTHOR', OWNER);

/** Name, `env` before, `env` after, what follows the agent. */
const CASES: readonly (readonly [string, string, string, string])[] = [
  ['one line, first', `{ AUTHOR = ${OWNER}, A = "x" }`, '{ A = "x" }', author],
  ['one line, last', `{ A = "x", AUTHOR = ${OWNER} }`, '{ A = "x" }', author],
  ['one line, last with a comma', `{ A = "x", AUTHOR = ${OWNER}, }`, '{ A = "x", }', author],
  ['one line, in the middle', `{ A = "x", AUTHOR = ${OWNER}, B = "y" }`, '{ A = "x", B = "y" }', author],
  ['a reference in a template of its own', `{ AUTHOR = "\${${OWNER}}" }`, '{}', author],
  ['a template with more in it', `{ AUTHOR = "by \${${OWNER}}" }`, '{}', moved('author', 'AUTHOR', `"by \${${OWNER}}"`)],
  ['one line, nothing else', `{ AUTHOR = ${OWNER} }`, '{}', author],
  [
    'one line, the last two',
    `{ A = "x", AUTHOR = ${OWNER}, EMAIL = ${EMAIL} }`,
    '{ A = "x" }',
    `${author}${moved('email', 'EMAIL', EMAIL)}`,
  ],
  [
    'one line, the first and the last',
    `{ AUTHOR = ${OWNER}, A = "x", EMAIL = ${EMAIL} }`,
    '{ A = "x" }',
    `${author}${moved('email', 'EMAIL', EMAIL)}`,
  ],
  ['lines, first', `{\n    AUTHOR = ${OWNER}\n    A      = "x"\n  }`, '{\n    A      = "x"\n  }', author],
  ['lines, last', `{\n    A      = "x"\n    AUTHOR = ${OWNER}\n  }`, '{\n    A      = "x"\n  }', author],
  ['lines with commas', `{\n    A      = "x",\n    AUTHOR = ${OWNER},\n  }`, '{\n    A      = "x",\n  }', author],
  ['lines, commas between', `{\n    A      = "x",\n    AUTHOR = ${OWNER}\n  }`, '{\n    A      = "x",\n  }', author],
  ['lines, nothing else', `{\n    AUTHOR = ${OWNER}\n  }`, '{}', author],
  [
    'a comment behind',
    `{\n    A = "x" # a\n    AUTHOR = ${OWNER} # who, { }\n    B = "y"\n  }`,
    '{\n    A = "x" # a\n    B = "y"\n  }',
    author,
  ],
  ['a comment behind a comma', `{\n    AUTHOR = ${OWNER}, // who\n    B = "y"\n  }`, '{\n    B = "y"\n  }', author],
  [
    'a comment of its own before',
    `{\n    # who\n    AUTHOR = ${OWNER}\n    B = "y"\n  }`,
    '{\n    # who\n    B = "y"\n  }',
    author,
  ],
  ['a comment in the line', `{\n    AUTHOR = ${OWNER} /* who */\n    B = "y"\n  }`, '{\n    B = "y"\n  }', author],
  ['the first beside the brace', `{ AUTHOR = ${OWNER},\n    B = "y"\n  }`, '{\n    B = "y"\n  }', author],
  ['the last beside the brace', `{\n    B = "y",\n    AUTHOR = ${OWNER} }`, '{\n    B = "y",\n    }', author],
  ['two on one of the lines', `{\n    B = "y", AUTHOR = ${OWNER}\n    C = "z"\n  }`, '{\n    B = "y"\n    C = "z"\n  }', author],
  [
    'two on one of the lines, a comma at its end',
    `{\n    B = "y", AUTHOR = ${OWNER},\n    C = "z"\n  }`,
    '{\n    B = "y",\n    C = "z"\n  }',
    author,
  ],
  [
    'all but one, on lines of two',
    `{\n    AUTHOR = ${OWNER}, EMAIL = ${EMAIL}\n    C = "z"\n  }`,
    '{\n    C = "z"\n  }',
    `${author}${moved('email', 'EMAIL', EMAIL)}`,
  ],
  [
    'neighbours on lines, a comment between',
    `{\n    C = "z"\n    AUTHOR = ${OWNER}\n    # mail\n    EMAIL = ${EMAIL}\n  }`,
    '{\n    C = "z"\n    # mail\n  }',
    `${author}${moved('email', 'EMAIL', EMAIL)}`,
  ],
  ['a comment before the comma', `{ A = "x", AUTHOR = ${OWNER} /* who */, B = "y" }`, '{ A = "x", B = "y" }', author],
  ['a comment after the comma before', `{ A = "x", /* who */ AUTHOR = ${OWNER} }`, '{ A = "x" }', author],
  ['a quoted key', `{\n    "AUTHOR" = ${OWNER}\n    A = "x"\n  }`, '{\n    A = "x"\n  }', author],
  ['a key with a colon', `{\n    AUTHOR: ${OWNER}\n    A: "x"\n  }`, '{\n    A: "x"\n  }', author],
  ['a key in parentheses', `{\n    ("AUTHOR") = ${OWNER}\n    A = "x"\n  }`, '{\n    A = "x"\n  }', author],
  [
    'a name that is no label',
    `{\n    "2.AUTHOR" = ${OWNER}\n    A = "x"\n  }`,
    '{\n    A = "x"\n  }',
    moved('env_2_author', '2.AUTHOR', OWNER),
  ],
  [
    'a value of lines',
    `{\n    AUTHOR = join(" ", [\n      ${OWNER},\n    ])\n    A = "x"\n  }`,
    '{\n    A = "x"\n  }',
    moved('author', 'AUTHOR', `join(" ", [\n      ${OWNER},\n    ])`),
  ],
  [
    'a heredoc',
    `{\n    AUTHOR = <<-EOT\n      \${${OWNER}}\n    EOT\n    A = "x"\n  }`,
    '{\n    A = "x"\n  }',
    moved('author', 'AUTHOR', `<<-EOT\n      \${${OWNER}}\n    EOT`),
  ],
];

const STYLES: readonly (readonly [name: string, style: (text: string) => string])[] = [
  ['in the usual way', (text) => text],
  ['for Windows', (text) => text.replaceAll('\n', '\r\n')],
];

describe.each(STYLES)('moving variables out of an agent, written %s', (_style, write) => {
  it.each(CASES)('%s', async (_name, before, after, more) => {
    const source = write(template(`  env  = ${before}\n`));
    const report = await lintText(source);
    const [finding, ...others] = report.findings;
    expect(others).toEqual([]);
    expect(finding!.rule).toBe('claim/replace-via-agent');
    const text = applyEdits(source, finding!.fix!.edits)!;
    expect(text).toBe(write(template(`  env  = ${after}\n`, more)));
    expect(keys(await lintText(text))).toEqual([]);
  });
});

describe('moving variables out of an agent', () => {
  it('takes labels that are free', async () => {
    const names = ['author', 'author_2', 'env_2_author'].map((label) => moved(label, label, '"x"')).join('');
    const source = `${template(`  env = {\n    AUTHOR = ${OWNER}\n    "2 AUTHOR" = ${OWNER}\n  }\n`)}${names}`;
    const [finding] = (await lintText(source)).findings;
    const text = applyEdits(source, finding!.fix!.edits)!;
    expect([...text.matchAll(/"coder_env" "(\w+)"/g)].map(([, label]) => label)).toEqual([
      'env_2_author_2',
      'author_3',
      'author',
      'author_2',
      'env_2_author',
    ]);
    expect(keys(await lintText(text))).toEqual([]);
  });

  it.each([
    ['another argument follows the owner too', `  env = { AUTHOR = ${OWNER} }\n  motd_file = ${OWNER}\n`],
    ['the map is not written out', `  env = merge({ AUTHOR = ${OWNER} }, {})\n`],
    ['a variable is set twice', `  env = {\n    AUTHOR = ${OWNER}\n    AUTHOR = ${OWNER}\n  }\n`],
    ['a name is a template', `  env = { "$\${AUTHOR}" = ${OWNER} }\n`],
    ['the map is read', `  env = { AUTHOR = ${OWNER} }\n}\n\noutput "author" {\n  value = coder_agent.main.env.AUTHOR\n`],
    ['the map is read by its name', `  env = { AUTHOR = ${OWNER} }\n}\n\noutput "author" {\n  value = coder_agent.main["env"]\n`],
    ['the agent has instances', `  count = 1\n  env = { AUTHOR = ${OWNER} }\n`],
  ])('is not proposed where %s', async (_name, agent) => {
    const { findings } = await lintText(
      template(agent).replace('main.token', agent.includes('count') ? 'main[0].token' : 'main.token'),
    );
    expect(findings.map(({ rule, fix }) => [rule, fix?.description])).toEqual([
      ['claim/replace-via-agent', 'add `env` to ignore_changes of docker_container.w'],
    ]);
  });

  it('mends several agents at once', async () => {
    const second = `
resource "coder_agent" "gpu" {
  os   = "linux"
  arch = "amd64"
  env  = { EMAIL = ${EMAIL} }
}

resource "docker_container" "gpu" {
  name       = "gpu"
  image      = "x"
  entrypoint = [coder_agent.gpu.init_script]
}
`;
    const main = template(`  env  = { AUTHOR = ${OWNER} }\n`).replace('.token', '.init_script');
    const { findings } = await lintText(`${main}${second}`);
    const fixes = [...new Map(findings.map(({ fix }) => [JSON.stringify(fix), fix])).values()];
    expect(fixes.map((fix) => fix?.description)).toEqual([
      'move `AUTHOR` out of the env of coder_agent.main and `EMAIL` out of the env of coder_agent.gpu into coder_env resources, so that the agent is not rebuilt',
    ]);
    expect(keys(await lintText(applyEdits(`${main}${second}`, fixes[0]!.edits)!))).toEqual([]);
  });
});
