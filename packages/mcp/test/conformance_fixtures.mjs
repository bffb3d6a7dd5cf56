// Defines the tools, resources and prompts that the conformance suite calls by name.
import { ResourceTemplate, fromJsonSchema } from '@modelcontextprotocol/server';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';
const text = (value) => ({ type: 'text', text: value });
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const resource = (uri, value) => ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: value } });
const content = (...parts) => ({ content: parts });
const strings = (...names) =>
  fromJsonSchema({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string', description: name }])), required: names });

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function addFixtures(server) {
  const tool = (name, callback, more = {}) => server.registerTool(name, { description: `Fixture ${name}`, ...more }, callback);
  tool('test_simple_text', async () => content(text('This is a simple text response for testing.')));
  tool('test_image_content', async () => content(image));
  tool('test_audio_content', async () => content({ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }));
  tool('test_embedded_resource', async () => content(resource('test://embedded-resource', 'This is an embedded resource content.')));
  tool('test_multiple_content_types', async () => content(text('Multiple content types test:'), image, resource('test://mixed-content-resource', '{"test":"data","value":123}')));
  tool('test_error_handling', async () => ({ isError: true, ...content(text('This tool intentionally returns an error for testing')) }));
  tool('test_tool_with_logging', async (ctx) => {
    for (const message of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await ctx.mcpReq.log('info', message);
      await wait(50);
    }
    return content(text('Tool with logging executed successfully'));
  });
  tool('test_tool_with_progress', async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
      await wait(50);
    }
    return content(text(String(progressToken)));
  });
  tool('json_schema_2020_12_tool', async () => content(text('done')), {
    inputSchema: fromJsonSchema({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    }),
  });

  const fixed = (name, uri, mimeType, body) =>
    server.registerResource(name, uri, { title: name, description: `Fixture ${name}`, mimeType }, async () => ({ contents: [{ uri, mimeType, ...body }] }));
  fixed('static-text', 'test://static-text', 'text/plain', { text: 'This is the content of the static text resource.' });
  fixed('static-binary', 'test://static-binary', 'image/png', { blob: PIXEL });
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { title: 'Template', description: 'Fixture', mimeType: 'application/json' },
    async (uri, { id }) => ({ contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] }),
  );

  const prompt = (name, callback, argsSchema) => server.registerPrompt(name, { title: name, description: `Fixture ${name}`, ...(argsSchema && { argsSchema }) }, callback);
  const message = (...parts) => ({ messages: parts.map((part) => ({ role: 'user', content: part })) });
  prompt('test_simple_prompt', async () => message(text('This is a simple prompt for testing.')));
  prompt('test_prompt_with_arguments', async ({ arg1, arg2 }) => message(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)), strings('arg1', 'arg2'));
  prompt('test_prompt_with_embedded_resource', async ({ resourceUri }) => message(resource(resourceUri, 'Embedded resource content for testing.'), text('Please process the embedded resource above.')), strings('resourceUri'));
  prompt('test_prompt_with_image', async () => message(image, text('Please analyze the image above.')));
  return server;
}
