// The rest of Unleash's contract: what its admin interface, Edge and the browser SDKs call now and then. `api` has the
// calls of drive_unleash.js; every id is one that was made before.
'use strict';

const P = '/api/admin/projects/default';
const PASSWORD = 'Xk9-q!vb7-Rw2-pp';
const day = 86_400_000;
const soon = () => new Date(Date.now() + day).toISOString();

// Accounts: sign-up by invitation, sign-in, forgotten passwords, personal tokens.
async function accounts({ steps, get, post, put, remove }, number) {
  const invite = await post('create invite', '/api/admin/invite-link/tokens', { name: steps.name('invite', number), expiresAt: soon() });
  if (invite) {
    const link = `/api/admin/invite-link/tokens/${invite.secret}`;
    await get('invite', link);
    await put('update invite', link, { expiresAt: soon(), enabled: true });
    await get('validate invite', `/invite/${invite.secret}/validate`);
    const email = `${steps.name('new', number)}@example.org`;
    const guest = await post('sign up', `/invite/${invite.secret}/signup`, { email, name: 'Guest', password: PASSWORD });
    if (guest) await remove('delete guest', `/api/admin/user-admin/${guest.id}`);
    await put('end invite', link, { expiresAt: soon(), enabled: false });
  }
  const email = `${steps.name('who', number)}@example.org`;
  const user = await post('create account', '/api/admin/user-admin', { email, username: steps.name('who', number), name: 'Bo', rootRole: 1, password: PASSWORD, sendEmail: false });
  if (!user) return;
  await post('login', '/auth/simple/login', { username: email, password: PASSWORD });
  await post('validate password', '/auth/reset/validate-password', { password: PASSWORD });
  const reset = await post('reset password', '/api/admin/user-admin/reset-password', { id: email });
  const token = reset && new URL(reset.resetPasswordUrl).searchParams.get('token');
  if (token) {
    await get('validate reset', `/auth/reset/validate?token=${token}`);
    await post('new password', '/auth/reset/password', { token, password: `${PASSWORD}2` });
  }
  await post('validate password of user', '/api/admin/user-admin/validate-password', { password: PASSWORD });
  await post('change password of user', `/api/admin/user-admin/${user.id}/change-password`, { password: `${PASSWORD}3` });
  const mine = `${PASSWORD}${steps.name('', number)}`;
  await post('change password of user', '/api/admin/user-admin/1/change-password', { password: mine });
  await post('change my password', '/api/admin/user/change-password', { password: `${mine}2`, confirmPassword: `${mine}2`, oldPassword: mine });
  await get('permissions of user', `/api/admin/user-admin/${user.id}/permissions`);
  await get('admin count', '/api/admin/user-admin/admin-count');
  await get('users and groups', '/api/admin/user-admin/access');
  await get('my roles', '/api/admin/user/roles?projectId=default');
  await get('inactive', '/api/admin/user-admin/inactive');
  const idle = await post('create idle', '/api/admin/user-admin', { email: `${steps.name('idle', number)}@example.org`, name: 'Idle', rootRole: 3, sendEmail: false });
  await post('password by mail', '/auth/reset/password-email', { email: `${steps.name('idle', number)}@example.org` });
  if (idle) await post('delete inactive', '/api/admin/user-admin/inactive/delete', { ids: [idle.id] });
  await remove('delete scim users', '/api/admin/user-admin/scim-users');
  const own = await post('create personal token', '/api/admin/user/tokens', { description: steps.name('pat', number), expiresAt: soon() });
  await get('personal tokens', '/api/admin/user/tokens');
  if (own) await remove('delete personal token', `/api/admin/user/tokens/${own.id}`);
  await remove('delete account', `/api/admin/user-admin/${user.id}`);
}

// Flags: variants, links, tags of many, favourites, dependencies, what is done to many at once.
async function flags({ steps, get, post, put, patch, remove }, number) {
  const name = steps.name('rest', number);
  const other = `${name}-other`;
  const made = { type: 'simple', value: `made-${steps.tag}-${number}` };
  await post('create tag', '/api/admin/tags', made);
  for (const each of [name, other]) await post('create flag', `${P}/features`, { name: each, type: 'release', tags: [made] });
  const flag = `${P}/features/${name}`;
  const variants = [
    { name: 'a', weight: 500, weightType: 'variable', stickiness: 'default', payload: { type: 'string', value: 'x' } },
    { name: 'b', weight: 500, weightType: 'variable', stickiness: 'default', overrides: [{ contextName: 'userId', values: ['1'] }] },
  ];
  await put('overwrite variants', `${flag}/variants`, variants);
  await get('variants of all environments', `${flag}/variants`);
  await patch('patch variants', `${flag}/variants`, [{ op: 'replace', path: '/0/payload/value', value: 'y' }]);
  await put('overwrite variants here', `${flag}/environments/development/variants`, variants);
  await patch('patch variants here', `${flag}/environments/development/variants`, [{ op: 'replace', path: '/0/payload/value', value: 'z' }]);
  await put('overwrite variants there', `${flag}/variants-batch`, { variants, environments: ['development', 'production'] });
  await get('parent variants', `${flag}/parent-variants`);
  await put('tags of flag', `/api/admin/features/${name}/tags`, { addedTags: [{ type: 'simple', value: 'one' }], removedTags: [made] });
  await remove('untag', `/api/admin/features/${name}/tags/simple/one`);
  await put('tags of many', `${P}/tags`, { features: [name, other], tags: { addedTags: [{ type: 'simple', value: 'all' }], removedTags: [] } });
  await post('favourite', `${flag}/favorites`);
  await remove('no favourite', `${flag}/favorites`);
  await post('favourite project', `${P}/favorites`);
  await remove('no favourite project', `${P}/favorites`);
  await post('link', `${flag}/link`, { url: 'https://example.org/a?b=c', title: 'An issue' });
  const linked = await get('flag with links', flag);
  const link = linked?.links?.[0];
  if (link) {
    await put('update link', `${flag}/link/${link.id}`, { url: 'https://example.org/b', title: 'Another' });
    await remove('delete link', `${flag}/link/${link.id}`);
  }
  await post('depend', `${flag}/dependencies`, { feature: other });
  await get('dependencies', `${P}/dependencies`);
  await remove('no longer depend', `${flag}/dependencies/${other}`);
  await post('many on', `${P}/bulk_features/environments/development/on`, { features: [name, other] });
  await post('many off', `${P}/bulk_features/environments/development/off`, { features: [name, other] });
  await post('complete', `${flag}/lifecycle/complete`, { status: 'kept', statusValue: 'a' });
  await post('uncomplete', `${flag}/lifecycle/uncomplete`);
  const segment = await post('create segment', '/api/admin/segments', { name: steps.name('seg', number), constraints: [{ contextName: 'userId', operator: 'IN', values: ['7'] }] });
  const strategy = await post('add strategy', `${flag}/environments/development/strategies`, { name: 'default', constraints: [], parameters: {} });
  await post('validate segment', '/api/admin/segments/validate', { name: steps.name('segment-to-be', number) });
  if (segment && strategy) {
    await post('segments of strategy', '/api/admin/segments/strategies', { projectId: 'default', strategyId: strategy.id, environmentId: 'development', segmentIds: [segment.id] });
    await get('read segments of strategy', `/api/admin/segments/strategies/${strategy.id}`);
    await remove('delete strategy', `${flag}/environments/development/strategies/${strategy.id}`);
    await remove('delete segment', `/api/admin/segments/${segment.id}`);
  }
  const exported = await post('export', '/api/admin/features-batch/export', { environment: 'development', features: [name] });
  await post('export by tag', '/api/admin/features-batch/export', { environment: 'development', tag: 'simple:all', downloadFile: false });
  if (exported) {
    await post('validate import', '/api/admin/features-batch/validate', { project: 'default', environment: 'development', data: exported });
    await post('import', '/api/admin/features-batch/import', { project: 'default', environment: 'development', data: exported });
  }
  await get('flag for an SDK', `/api/client/features/${name}`);
  await post('validate archive', `${P}/archive/validate`, { features: [name, other] });
  await post('archive', `${P}/archive`, { features: [name, other] });
  await get('archived of project', '/api/admin/archive/features/default');
  await post('revive many', `${P}/revive`, { features: [name, other] });
  await post('archive', `${P}/archive`, { features: [name, other] });
  return [name, other];
}

// Settings of the instance and of the project, each set back to what it was.
async function instance({ steps, get, post, put, remove }, number) {
  await put('lifetime', '/api/admin/feature-types/release/lifetime', { lifetimeDays: 40 });
  const field = steps.name('legal', number);
  await post('create field', '/api/admin/context', { name: field, legalValues: [{ value: 'a' }] });
  await post('legal value', `/api/admin/context/${field}/legal-values`, { value: 'b', description: 'B' });
  await remove('no legal value', `/api/admin/context/${field}/legal-values/b`);
  await get('strategies of field', `/api/admin/context/${field}/strategies`);
  await remove('delete field', `/api/admin/context/${field}`);
  const kind = `r${steps.tag}${number}`.toLowerCase().replace(/[^a-z0-9]/g, '');
  await post('validate tag type', '/api/admin/tag-types/validate', { name: kind, description: 'k', icon: 'K' });
  await post('create tag type', '/api/admin/tag-types', { name: kind, description: 'k', icon: 'K', color: '#ffffff' });
  await get('tag type', `/api/admin/tag-types/${kind}`);
  await post('create tag', '/api/admin/tags', { type: kind, value: 'val' });
  await get('tag', `/api/admin/tags/${kind}/val`);
  await remove('delete tag', `/api/admin/tags/${kind}/val`);
  await remove('delete tag type', `/api/admin/tag-types/${kind}`);
  const strategy = steps.name('kind', number);
  await post('create strategy', '/api/admin/strategies', { name: strategy, description: 's', parameters: [] });
  await get('strategy', `/api/admin/strategies/${strategy}`);
  await remove('delete strategy type', `/api/admin/strategies/${strategy}`);
  const addon = await post('create addon', '/api/admin/addons', { provider: 'webhook', enabled: false, description: 'w', parameters: { url: 'http://127.0.0.1:9/y' }, events: ['feature-created'] });
  if (addon) {
    await get('addon', `/api/admin/addons/${addon.id}`);
    await put('update addon', `/api/admin/addons/${addon.id}`, { provider: 'webhook', enabled: false, description: 'x', parameters: { url: 'http://127.0.0.1:9/z' }, events: ['feature-archived'] });
    await get('events of addon', `/api/admin/addons/${addon.id}/events`);
    await remove('delete addon', `/api/admin/addons/${addon.id}`);
  }
  const token = await post('create token', '/api/admin/api-tokens', { tokenName: steps.name('api', number), type: 'client', environment: 'development', projects: ['default'] });
  if (token) {
    await get('tokens by name', `/api/admin/api-tokens/${token.tokenName}`);
    await put('update token', `/api/admin/api-tokens/${encodeURIComponent(token.secret)}`, { expiresAt: soon() });
    await post('edge validates tokens', '/edge/validate', { tokens: [token.secret] });
    await remove('delete token', `/api/admin/api-tokens/${encodeURIComponent(token.secret)}`);
  }
  const local = await post('create token of project', `${P}/api-tokens`, { tokenName: steps.name('local', number), type: 'client', environment: 'development', projects: ['default'] });
  await get('tokens of project', `${P}/api-tokens`);
  if (local) await remove('delete token of project', `${P}/api-tokens/${encodeURIComponent(local.secret)}`);
  await post('ui-config', '/api/admin/ui-config', { frontendSettings: { frontendApiOrigins: ['*'] } });
  await post('cors', '/api/admin/ui-config/cors', { frontendApiOrigins: ['*'] });
  await post('feedback', '/api/admin/feedback', { feedbackId: steps.name('feedback', number), neverShow: true });
  await put('change feedback', `/api/admin/feedback/${steps.name('feedback', number)}`, { neverShow: false });
  await post('splash', `/api/admin/splash/${steps.name('splash', number)}`);
  await post('ui error', '/api/admin/record-ui-error', { errorMessage: 'x is undefined', errorStack: 'at y' });
  await post('maintenance off', '/api/admin/maintenance', { enabled: false });
  await post('search events of old', '/api/admin/events/search', { type: 'feature-created', project: 'default', limit: 5, offset: 0 });
  await get('statistics as csv', '/api/admin/instance-admin/statistics/csv');
}

// Environments, pages of the project, applications and the metrics that SDKs send.
async function around({ steps, get, post, put, remove }, number) {
  await get('environment', '/api/admin/environments/development');
  await put('sort environments', '/api/admin/environments/sort-order', { development: 1, production: 2 });
  await post('environment off', '/api/admin/environments/production/off');
  await post('environment on', '/api/admin/environments/production/on');
  await remove('environment leaves project', `${P}/environments/production`);
  await post('environment joins project', `${P}/environments`, { environment: 'production' });
  await post('default strategy', `${P}/environments/development/default-strategy`, { name: 'flexibleRollout', constraints: [], parameters: { rollout: '100', stickiness: 'default', groupId: 'g' } });
  await get('project of old', P);
  await get('dora', `${P}/dora`);
  await get('applications of project', `${P}/applications?limit=25&offset=0`);
  await get('flag creators', `${P}/flag-creators`);
  await get('sdks of project', `${P}/sdks/outdated`);
  await get('dashboard of project', '/api/admin/personal-dashboard/default');
  const appName = steps.name('service', number);
  const started = new Date().toISOString();
  await post('register', '/api/client/register', { appName, instanceId: 'i1', sdkVersion: 'x:1.0.0', interval: 1000, started, strategies: ['default'], environment: 'development' });
  const bucket = { start: started, stop: new Date().toISOString(), toggles: { 'some-flag': { yes: 1, no: 2, variants: { a: 1 } } } };
  await post('metrics', '/api/client/metrics', { appName, instanceId: 'i1', environment: 'development', bucket });
  await get('frontend flags by query', '/api/frontend?userId=1&properties%5Bplan%5D=a');
  await post('frontend metrics', '/api/frontend/client/metrics', { appName, instanceId: 'i2', environment: 'development', bucket });
  await post('frontend register', '/api/frontend/client/register', { appName, instanceId: 'i2', sdkVersion: 'y:2.0.0', interval: 1000, started, strategies: ['default'], environment: 'development' });
  await post('bulk metrics of edge', '/api/client/metrics/bulk', {
    applications: [{ appName, environment: 'development', instanceId: 'i3', interval: 10, started, strategies: [] }],
    metrics: [{ featureName: 'some-flag', appName, environment: 'development', timestamp: started, yes: 1, no: 0, variants: {} }],
  });
  await post('create application', `/api/admin/metrics/applications/${appName}`, { appName, strategies: ['default'], url: 'https://example.org', icon: 'apps', color: '#000' });
  await get('application', `/api/admin/metrics/applications/${appName}`);
  await get('overview of application', `/api/admin/metrics/applications/${appName}/overview`);
  await get('instances of application', `/api/admin/metrics/instances/${appName}/environment/development`);
  await remove('delete application', `/api/admin/metrics/applications/${appName}`);
}

module.exports = {
  // What it archived and did not delete yet is returned.
  rest: async (api, number) => {
    const archived = await flags(api, number);
    for (const part of [accounts, instance, around]) await part(api, number);
    return archived;
  },
};
