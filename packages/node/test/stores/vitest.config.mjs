export default { test: { globals: true, server: { deps: { inline: [/langgraph/] } }, testTimeout: 60000, include: ['*.test.mjs'] } };
