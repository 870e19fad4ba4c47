import { equal } from 'node:assert/strict';
import { htmlText } from '../../../../../src/vscode/session/results/htmlText.ts';
import { plainTextOf } from '../../../../../src/vscode/session/results/outputText.ts';

describe('plainTextOf', () => {
  const repr = (name: string): string => `<IPython.core.display.${name} object>`;

  it('takes the plain text, unless it only names an object', () => {
    equal(plainTextOf({ 'text/plain': 'a  b', 'text/html': '<b>c</b>' }), 'a  b');
    equal(plainTextOf({ 'text/plain': repr('Markdown'), 'text/markdown': ['# A\n', 'b'] }), '# A\nb');
    equal(plainTextOf({ 'text/plain': repr('Math'), 'text/latex': '$x$' }), '$x$');
    equal(plainTextOf({ 'text/plain': repr('HTML'), 'text/html': '<p>1 &lt; 2</p>' }), '1 < 2');
    equal(plainTextOf({ 'text/plain': '<a.Styler at 0x7f00>', 'text/html': '<i>x</i>' }), 'x');
    equal(plainTextOf({ 'text/plain': repr('JSON'), 'application/json': 1 }), '1');
  });

  it('says what there is where there is nothing else', () => {
    equal(
      plainTextOf({ 'text/plain': repr('Javascript'), 'application/javascript': 'x' }),
      repr('Javascript'),
    );
    equal(plainTextOf({ 'text/plain': repr('HTML'), 'text/html': '<hr>' }), repr('HTML'));
    equal(plainTextOf({ 'application/pdf': 'x' }), '<application/pdf>');
    equal(plainTextOf({}), '');
  });
});

describe('htmlText', () => {
  it('breaks lines where a browser does', () => {
    equal(htmlText('<h1>A</h1>\n  <p>b\n  c<br/>d</p><ul><li>e</li><li>f</li></ul>'), 'A\nb c\nd\ne\nf');
    equal(htmlText('<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>'), 'a\tb\nc');
    equal(htmlText('<pre>a\n  b</pre>'), 'a\n  b');
  });

  it('leaves out what is not read, and ends for what is no markup', () => {
    equal(htmlText('<style>b { c }</style><!-- d --><script>e("<i>")</script>f'), 'f');
    equal(htmlText('1 < 2 <b'), '1 < 2');
    equal(htmlText('a<!-- b'), 'a');
    equal(htmlText('a<script>b'), 'a');
  });

  it('decodes what stands for a character', () => {
    equal(
      htmlText('&lt;b&gt; &#65;&#x42; &quot;&nbsp;&hellip; &nothing; &#99999999;'),
      '<b> AB "\u00a0… &nothing; &#99999999;',
    );
    equal(htmlText('&amp;lt;'), '&lt;');
  });
});
