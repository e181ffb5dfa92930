// Unleash's Node SDK in an application of its own, and the calls of the admin interface: flags and their life, strategies
// and variants, segments, context fields, tags, projects' pages, tokens, users, events, import and export.
'use strict';

const path = require('path');
const { Steps } = require(path.join(__dirname, 'steps.js'));
const { rest } = require(path.join(__dirname, 'unleash_rest.js'));
const { Unleash } = require('unleash-client');

const steps = new Steps();
const P = '/api/admin/projects/default';

async function call(method, target, body) {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
  if (steps.key) headers.Authorization = steps.key;
  const answer = await fetch(steps.origin + target, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${text}`);
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return text;
  }
}
const get = (label, target) => steps.do(label, () => call('GET', target));
const post = (label, target, body) => steps.do(label, () => call('POST', target, body));
const put = (label, target, body) => steps.do(label, () => call('PUT', target, body));
const patch = (label, target, body) => steps.do(label, () => call('PATCH', target, body));
const remove = (label, target, body) => steps.do(label, () => call('DELETE', target, body));

async function flag(number) {
  const name = steps.name('flag', number);
  const type = ['release', 'experiment', 'operational', 'kill-switch', 'permission'][steps.pick(5)];
  await post('validate flag', '/api/admin/features/validate', { name, projectId: 'default' });
  await post('create flag', `${P}/features`, { name, type, description: 'Un “levier” – neuf', impressionData: steps.pick(2) === 1 });
  await get('flag', `${P}/features/${name}?variantEnvironments=true`);
  await put('update flag', `${P}/features/${name}`, { type, description: 'changed', archived: false, impressionData: false });
  await patch('patch flag', `${P}/features/${name}`, [{ op: 'replace', path: '/description', value: 'patched' }]);
  const where = `${P}/features/${name}/environments/development`;
  const constraint = { contextName: 'userId', operator: 'IN', values: ['1', '2'], caseInsensitive: false, inverted: false };
  const variants = [{ name: 'a', weight: 1000, weightType: 'variable', stickiness: 'default', payload: { type: 'json', value: '{"x":1}' } }];
  const strategy = await post('add strategy', `${where}/strategies`, {
    name: 'flexibleRollout', title: 'half', constraints: [constraint], segments: [], variants,
    parameters: { rollout: String(steps.pick(101)), stickiness: 'default', groupId: name },
  });
  await post('add strategy by ids', `${where}/strategies`, { name: 'userWithId', parameters: { userIds: 'a,b' }, constraints: [] });
  await get('strategies of flag', `${where}/strategies`);
  if (strategy) {
    await get('strategy of flag', `${where}/strategies/${strategy.id}`);
    await put('update strategy', `${where}/strategies/${strategy.id}`, { name: 'flexibleRollout', parameters: { rollout: '10', stickiness: 'random', groupId: name }, constraints: [], disabled: false });
    await patch('patch strategy', `${where}/strategies/${strategy.id}`, [{ op: 'replace', path: '/title', value: 't' }]);
    await post('sort strategies', `${where}/strategies/set-sort-order`, [{ id: strategy.id, sortOrder: 5 }]);
  }
  await post('on', `${where}/on`);
  await get('environment of flag', where);
  await get('variants of flag', `${where}/variants`);
  await post('tag', `/api/admin/features/${name}/tags`, { type: 'simple', value: `t${steps.pick(9)}` });
  await get('tags of flag', `/api/admin/features/${name}/tags`);
  await get('events of flag', `/api/admin/events/${name}`);
  await get('metrics of flag', `/api/admin/client-metrics/features/${name}`);
  await get('raw metrics', `/api/admin/client-metrics/features/${name}/raw?hoursBack=24`);
  await get('lifecycle', `${P}/features/${name}/lifecycle`);
  await post('clone', `${P}/features/${name}/clone`, { name: `${name}-copy`, replaceGroupId: true });
  await post('depend', `${P}/features/${name}/dependencies`, { feature: `${name}-copy`, enabled: true, variants: [] });
  await get('parents', `${P}/features/${name}/parents`);
  await remove('independent', `${P}/features/${name}/dependencies`);
  await post('playground', '/api/admin/playground', { environment: 'development', projects: ['default'], context: { appName: 'x', userId: '1', properties: { plan: 'a' } } });
  await post('advanced playground', '/api/admin/playground/advanced', { environments: ['development'], projects: '*', context: { appName: 'x', userId: '1,2' } });
  await post('off', `${where}/off`);
  if (strategy) await remove('delete strategy', `${where}/strategies/${strategy.id}`);
  await post('stale', `${P}/stale`, { features: [name], stale: true });
  await remove('archive', `${P}/features/${name}`);
  await post('revive', `/api/admin/archive/revive/${name}`);
  await post('archive many', `${P}/archive`, { features: [name, `${name}-copy`] });
  return [name, `${name}-copy`];
}

async function pages() {
  await get('ui-config', '/api/admin/ui-config');
  await get('me', '/api/admin/user');
  await get('profile', '/api/admin/user/profile');
  await get('projects', '/api/admin/projects');
  await get('project', `${P}/overview`);
  await get('health report', `${P}/health-report`);
  await get('insights', `${P}/insights`);
  await get('status', `${P}/status`);
  await get('flags', `${P}/features`);
  await get('search flags', '/api/admin/search/features?project=IS%3Adefault&query=flag&limit=25&offset=0&sortBy=createdAt&sortOrder=desc&favoritesFirst=true');
  await get('search events', '/api/admin/search/events?limit=25&offset=0&project=IS%3Adefault');
  await get('events', '/api/admin/events');
  await get('creators', '/api/admin/event-creators');
  await get('feature types', '/api/admin/feature-types');
  await get('archive list', '/api/admin/archive/features');
  await get('strategies', '/api/admin/strategies');
  await get('environments', '/api/admin/environments');
  await get('environments of project', '/api/admin/environments/project/default');
  await get('applications', '/api/admin/metrics/applications?limit=25&offset=0&sortBy=appName&sortOrder=asc');
  await get('sdks', '/api/admin/metrics/sdks/outdated');
  await get('dashboard', '/api/admin/personal-dashboard');
  await get('lifecycle count', '/api/admin/lifecycle/count');
  await get('statistics', '/api/admin/instance-admin/statistics');
  await get('maintenance', '/api/admin/maintenance');
  await get('telemetry', '/api/admin/telemetry/settings');
  await get('addons', '/api/admin/addons');
  await get('invites', '/api/admin/invite-link/tokens');
  await get('health', '/health');
}

async function settings(number) {
  const field = steps.name('field', number);
  await post('validate field', '/api/admin/context/validate', { name: field });
  await post('create field', '/api/admin/context', { name: field, description: 'd', stickiness: true, legalValues: [{ value: 'a', description: 'A' }] });
  await get('field', `/api/admin/context/${field}`);
  await put('update field', `/api/admin/context/${field}`, { description: 'e', stickiness: false, legalValues: [] });
  await get('fields', '/api/admin/context');
  await remove('delete field', `/api/admin/context/${field}`);
  const segment = await post('create segment', '/api/admin/segments', { name: steps.name('segment', number), description: 's', constraints: [{ contextName: 'appName', operator: 'STR_CONTAINS', values: ['x'] }] });
  if (segment) {
    await get('segment', `/api/admin/segments/${segment.id}`);
    await put('update segment', `/api/admin/segments/${segment.id}`, { name: steps.name('segment', number), constraints: [] });
    await get('strategies of segment', `/api/admin/segments/${segment.id}/strategies`);
    await remove('delete segment', `/api/admin/segments/${segment.id}`);
  }
  await get('segments', '/api/admin/segments');
  const kind = `k${steps.tag}${number}`.toLowerCase().replace(/[^a-z0-9]/g, '');
  await post('create tag type', '/api/admin/tag-types', { name: kind, description: 'k', icon: 'K' });
  await put('update tag type', `/api/admin/tag-types/${kind}`, { description: 'l', icon: 'L' });
  await get('tag types', '/api/admin/tag-types');
  await post('create tag', '/api/admin/tags', { type: kind, value: 'some-value' });
  await get('tags of type', `/api/admin/tags/${kind}`);
  await get('tags', '/api/admin/tags');
  await remove('delete tag', `/api/admin/tags/${kind}/some-value`);
  await remove('delete tag type', `/api/admin/tag-types/${kind}`);
  const strategy = steps.name('strategy', number);
  await post('create strategy', '/api/admin/strategies', { name: strategy, description: 's', parameters: [{ name: 'n', type: 'percentage', description: 'p', required: true }] });
  await put('change strategy', `/api/admin/strategies/${strategy}`, { description: 't', parameters: [] });
  await post('deprecate', `/api/admin/strategies/${strategy}/deprecate`);
  await post('reactivate', `/api/admin/strategies/${strategy}/reactivate`);
  await remove('delete strategy type', `/api/admin/strategies/${strategy}`);
  const token = await post('create token', '/api/admin/api-tokens', { tokenName: steps.name('token', number), type: 'client', environment: 'development', projects: ['*'] });
  await get('tokens', '/api/admin/api-tokens');
  if (token) await remove('delete token', `/api/admin/api-tokens/${encodeURIComponent(token.secret)}`);
  const user = await post('create user', '/api/admin/user-admin', { email: `${steps.name('u', number)}@example.org`, name: 'Ana', rootRole: 3, sendEmail: false });
  await get('users', '/api/admin/user-admin');
  await get('search users', '/api/admin/user-admin/search?q=example');
  if (user) {
    await get('user', `/api/admin/user-admin/${user.id}`);
    await put('update user', `/api/admin/user-admin/${user.id}`, { name: 'Anna', rootRole: 2 });
    await remove('delete user', `/api/admin/user-admin/${user.id}`);
  }
  await post('validate constraint', '/api/admin/constraints/validate', { contextName: 'userId', operator: 'NUM_GT', value: '5' });
  const addon = await post('create addon', '/api/admin/addons', { provider: 'webhook', enabled: false, description: 'w', parameters: { url: 'http://127.0.0.1:9/x' }, events: ['feature-created'], projects: [], environments: [] });
  if (addon) await remove('delete addon', `/api/admin/addons/${addon.id}`);
}

// An application with the SDK: it registers, polls flags, decides, and sends metrics.
async function application(number) {
  const unleash = new Unleash({
    url: `${steps.origin}/api/`, appName: steps.name('app', number), instanceId: 'i', environment: 'development', refreshInterval: 200, metricsInterval: 200,
    disableMetrics: false, customHeaders: steps.key ? { Authorization: steps.key } : {}, storageProvider: { set: async () => {}, get: async () => undefined },
  });
  const once = (event) => new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`no event ${event}`)), 5000);
    unleash.once(event, (value) => { clearTimeout(timer); done(value ?? null); });
  });
  unleash.on('error', () => {});
  await Promise.all([
    steps.do('sdk registers', () => once('registered')),
    steps.do('sdk synchronizes', () => once('synchronized').then(() => unleash.getFeatureToggleDefinitions())),
    steps.do('sdk sends metrics', async () => { await once('ready'); unleash.isEnabled('some-flag', { userId: '1', properties: { plan: 'a' } }); unleash.getVariant('other'); return once('sent'); }),
  ]);
  unleash.destroy();
}

(async () => {
  for (let number = 0; number < steps.rounds; number += 1) {
    const archived = [];
    for (let each = 0; each < 5; each += 1) archived.push(await flag(10 * number + each));
    await pages();
    await settings(number);
    await application(number);
    const others = await rest({ steps, get, post, put, patch, remove }, number);
    await get('client flags', '/api/client/features');
    await post('frontend flags', '/api/frontend', { context: { userId: '1', properties: { plan: 'a' } } });
    await post('bulk metrics', '/api/client/metrics/bulk', { applications: [], metrics: [] });
    // Its own bookkeeping of what is archived comes first: it ends on a flag that is gone already.
    await new Promise((done) => setTimeout(done, 2000));
    for (const features of archived) await post('delete many', `${P}/delete`, { features });
    for (const name of others) await remove('delete archived', `/api/admin/archive/${name}`);
  }
  steps.close();
  process.exit(0);
})();
