import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The OpenAPI document, which `npm run docs` writes from the controllers' declarations. */
export const DOCUMENT = new URL(import.meta.resolve('#openapi.json'));

/** The document of a server behind a path prefix; `''` if there is no prefix. */
export function documentBehind(path: string): Buffer {
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as object;
  return Buffer.from(JSON.stringify({ ...document, servers: [{ url: path }] }));
}

/** The page has relative addresses, so that it also works behind a path prefix. */
export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Latchkey: API reference</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="reference"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/**
 * In its own file, because the page allows no inline script. Shows access levels, and empties
 * optional parameters: an example in each would narrow down every list.
 */
export const START = `const source = document.currentScript.src;

function moveExamples(reference) {
  for (const path of Object.values(reference.paths))
    for (const operation of Object.values(path))
      for (const parameter of operation.parameters ?? []) {
        if (parameter.required || parameter.example === undefined) continue;
        parameter.description += ' Example: \`' + parameter.example + '\`';
        delete parameter.example;
      }
  return reference;
}

const Latchkey = () => ({
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (update) => (reference) => update(moveExamples(reference)),
      },
    },
  },
  wrapComponents: {
    OperationSummaryPath: (Path, { React, specSelectors }) => (props) => {
      const level = specSelectors.specJson().getIn(props.specPath.push('x-access'));
      const style = { fontSize: '12px', opacity: 0.7, margin: '0 8px', whiteSpace: 'nowrap' };
      return React.createElement(
        React.Fragment,
        null,
        React.createElement(Path, props),
        React.createElement('span', { className: 'access-level', style }, level),
      );
    },
  },
});

SwaggerUIBundle({
  url: new URL('../openapi.json', source).href,
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // Keeps the access token over a reload, in the storage of this origin.
  persistAuthorization: true,
  plugins: [Latchkey],
  // The default asks a server on the internet.
  validatorUrl: null,
});
`;

/** The page's additional permissions; usable without TLS, for a sandbox on another host. */
export const PAGE_POLICY =
  "default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;" +
  "connect-src 'self';object-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Returns the path and type of a Swagger UI file; undefined if the page does not load it. */
export function assetOf(name: string): { path: string; type: string } | undefined {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined) return undefined;
  return { type, path: fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)) };
}
