import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rewriteLinks } from './html-links.ts';

const through = (link: string): string => (link.startsWith('/') ? `/proxy${link}` : link);

describe('links of a page', () => {
  const rows: [what: string, html: string, expected: string][] = [
    ['in double quotes', '<a href="/x?a=1&amp;b">t</a>', '<a href="/proxy/x?a=1&amp;b">t</a>'],
    ['in single quotes', "<IMG alt='/a' SRC='/b'>", "<IMG alt='/a' SRC='/proxy/b'>"],
    ['in none', '<form action=/go method=post>', '<form action=/proxy/go method=post>'],
    ['of several attributes', '<video src="/v"  poster = "/p"/>', '<video src="/proxy/v"  poster = "/proxy/p"/>'],
    [
      'of a script, but not in it',
      '<script src="/s">"<a href=/n>"</script>',
      '<script src="/proxy/s">"<a href=/n>"</script>',
    ],
    ['after a script', '<style>a>b</style><a href=/n>', '<style>a>b</style><a href=/proxy/n>'],
    ['that are relative stay', '<a href="x"><a href=""><a href>', '<a href="x"><a href=""><a href>'],
    ['in comments stay', '<!-- <a href="/x"> --><b>', '<!-- <a href="/x"> --><b>'],
    [
      'of other attributes stay',
      '<a title="/x"><p href="/y"><constructor href="/z">',
      '<a title="/x"><p href="/y"><constructor href="/z">',
    ],
    ['in a tag with > in quotes', '<a title="a>b" href="/x">', '<a title="a>b" href="/proxy/x">'],
    ['in broken markup', '< a <a href="/x" =b "c" href="/y', '< a <a href="/proxy/x" =b "c" href="/y'],
  ];
  for (const [what, html, expected] of rows)
    test(what, () => {
      assert.equal(rewriteLinks(html, through), expected);
      assert.equal(
        rewriteLinks(html, (link) => link),
        html,
      );
    });
});
