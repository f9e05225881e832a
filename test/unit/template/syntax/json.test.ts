import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../../src/template/syntax/ast.ts';
import { parse, show, showBody, showProblems } from './show.ts';

const json = (text: string, path = 'main.tf.json') => parse(text, path);

describe('blocks', () => {
  it.each([
    ['{}', ''],
    ['{"locals": {"a": 1, "b": [true, null, {"c": "d"}]}}', 'locals { a = 1; b = [true, null, {"c"="d"}] }'],
    ['{"locals": [{"a": 1}, {"b": 2}]}', 'locals { a = 1 }; locals { b = 2 }'],
    ['[{"locals": {"a": 1}}, {"locals": {"b": 2}}]', 'locals { a = 1 }; locals { b = 2 }'],
    ['{"resource": {"t": {"n": {"x": "a"}, "m": {}}}}', 'resource t n { x = "a" }; resource t m {  }'],
    ['{"resource": [{"t": {"n": {}}}, {"t": [{"m": [{}]}]}]}', 'resource t n {  }; resource t m {  }'],
    ['{"data": {"t": {"n": {}}}, "module": {"a": {"source": "./a"}}}', 'data t n {  }; module a { source = "./a" }'],
    ['{"output": {"o": {"value": "${a.b}"}}}', 'output o { value = T(<a.b>) }'],
    ['{"provider": {"p": [{"alias": "x"}, {}]}}', 'provider p { alias = "x" }; provider p {  }'],
    [
      '{"terraform": {"required_providers": {"d": {"source": "a/b"}}}}',
      'terraform { required_providers = {"d"={"source"="a/b"}} }',
    ],
    ['{"moved": {"from": "a.b", "to": "a.c[0]"}}', 'moved { from = a.b; to = a.c[0] }'],
    ['{"resource": {"t": {"n": null}}}', ''],
    ['{"//": "x", "locals": {"//": {"a": 1}, "b": 2}}', 'locals { b = 2 }'],
    ['\uFEFF{"locals": {"a": 1}}', 'locals { a = 1 }'],
  ])('%s', (text, shown) => {
    const { body, problems } = json(text);
    expect([showBody(body), problems]).toEqual([shown, []]);
  });

  it('reads names where the engine takes names, and templates elsewhere', () => {
    const body = {
      count: '${a}',
      depends_on: ['a.b', 'module.c'],
      provider: 'p.x',
      lifecycle: {
        ignore_changes: ['env', 'tags["x"]', 'ports[0].a'],
        replace_triggered_by: ['a.b.id'],
        prevent_destroy: true,
        precondition: { condition: '${c}' },
      },
      x: ['a-${b}', '$${c}', '%{if d}e%{endif}', 'plain'],
      y: { 'k${a}': 1 },
      z: 'a"\\\n${b}',
    };
    expect(showBody(json(JSON.stringify({ resource: { t: { n: body } } })).body)).toBe(
      [
        'resource t n { count = T(<a>); depends_on = [a.b, module.c]; provider = p.x',
        'lifecycle = {"ignore_changes"=[env, tags["x"], ports[0].a], "replace_triggered_by"=[a.b.id], "prevent_destroy"=true, "precondition"={"condition"=T(<c>)}}',
        'x = [T("a-" <b>), "${c}", T(if(d: "e" | )), "plain"]',
        'y = {T("k" <a>)=1}',
        'z = T("a\\"\\\\\\n" <b>) }',
      ].join('; '),
    );
    expect(showBody(json('{"resource": {"t": {"n": {"lifecycle": {"ignore_changes": "all"}}}}}').body)).toContain('=all}');
    expect(showBody(json('{"variable": {"v": {"type": "map(string)", "default": "${a}"}}}').body)).toBe(
      'variable v { type = map(string); default = "${a}" }',
    );
  });

  it('reads variables files without templates', () => {
    expect(showBody(json('{"a": "${b}", "c": [1]}', 'x.auto.tfvars.json').body)).toBe('a = "${b}"; c = [1]');
  });
});

describe('problems', () => {
  it.each([
    ['', /^1:1 value expected$/],
    ['{"locals": {"a": 1,}}', /^1:20 property name expected$/],
    ['{"locals": {"a": 1}} // x', /JSON has no comments/],
    ['{"locals": {"a": 1}', /close brace expected/],
    ['{"locals": {"a": "${b c}"}}', /^1:\d+ this cannot be read: (b|c)$/],
    ['{"locals": {"a": 1, "a": 2}}', /^1:21 a is set twice$/],
    ['{"resource": {"t": 1}}', /^1:20 an object is expected here$/],
    ['[1]', /^1:2 an object is expected here$/],
    ['"a"', /^1:1 an object is expected here$/],
    ['['.repeat(50_000), /nested too deeply/],
    ['{"resource": {"t": {"n": {"depends_on": ["a b"]}}}}', /cannot be read/],
  ])('%s', (text, problem) => {
    expect(showProblems(json(text).problems).join('; ')).toMatch(problem);
  });
});

describe('positions', () => {
  const text =
    '{\n  "resource": {"t": {"n": {\n    "é": "\\u00e9\\n\\"${a.b["k"]}",\n    "depends_on": ["t.m"]\n  }}}\n}\n'.replace(
      '["k"]',
      '[\\"k\\"]',
    );
  const file = json(text);
  const [block] = file.body.blocks;
  const at = ({ range }: { readonly range: Expr['range'] }): string => text.slice(range.start, range.end);

  it('map through the escapes of a string', () => {
    expect(file.problems).toEqual([]);
    const expr = block!.body.attributes[0]!.expr;
    expect(show(expr)).toBe('T("é\\n\\"" <a.b["k"]>)');
    const part = expr.kind === 'template' ? expr.parts[1] : undefined;
    expect(part?.kind === 'interpolation' && at(part.expr)).toBe('a.b[\\"k\\"]');
    expect(part?.kind === 'interpolation' && part.expr.range).toMatchObject({ file: 'main.tf.json', line: 3, column: 23 });
  });

  it('are those of blocks and attributes', () => {
    expect(at({ range: block!.headRange })).toBe('"n"');
    expect(at(block!)).toMatch(/^"n": \{[^]*\}$/);
    expect(at(block!.body.attributes[1]!)).toBe('"depends_on": ["t.m"]');
    const list = block!.body.attributes[1]!.expr;
    expect(list.kind === 'tuple' && list.items.map(at)).toEqual(['t.m']);
  });

  it('are those of comments', () => {
    const { comments } = json('{\n  "//": " prebuilds-lint ",\n  "locals": {"//": "b", "a": 1}\n}');
    expect(comments.map((comment) => [comment.text, comment.ownLine, comment.range.line])).toEqual([
      ['prebuilds-lint', true, 2],
      ['b', false, 3],
    ]);
  });
});
