/**
 * What `/docs` adds to Swagger UI, as a plugin that runs in the browser:
 *
 * - A login authorizes the page, and after each change the ids in all forms are those of the user's newest
 *   message, conversation and session, and of the newest message they received. A field that the user has edited stays as it is.
 * - A stream of events shows each frame as it arrives, for half a minute. Swagger UI alone waits for the end of
 *   a response, and a stream has none.
 */

/** Defines `epistleDocs`, the plugin. It calls this server only. */
export const docsScript = `
const streamSeconds = 30
const isStream = (response) => /^text\\/event-stream/.test(response.headers.get('content-type'))

/** A fetch whose response ends; 'show' gets the response up to now, whenever more of it has arrived. */
const fetchFrames = (show) => async (url, request) => {
  const stop = new AbortController()
  const response = await fetch(url, { ...request, signal: stop.signal })
  const { status, headers } = response
  if (!isStream(response)) return response
  const whole = (text) => new Response(text, { status, headers })
  const timer = setTimeout(() => stop.abort(), streamSeconds * 1000)
  let text = ''
  try {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let chunk; !(chunk = await reader.read()).done; ) {
      text += chunk.value
      show({ url, status, ok: true, text, headers: Object.fromEntries(headers) })
    }
    return whole(text)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    return whole(text + ': this page closes the stream after ' + streamSeconds + ' seconds\\n')
  } finally {
    clearTimeout(timer)
  }
}

/** Where the operations are: this script is three folders below. */
const root = new URL('../../..', document.currentScript.src)

/** The ids for the forms, by the last part of a path's name or by the name in a body. */
async function findIds(token) {
  const get = async (path) => {
    const headers = { Authorization: 'Bearer ' + token }
    const response = await fetch(new URL(path, root), { headers, credentials: 'omit' })
    return response.ok ? response.json() : { items: [] }
  }
  const [me, { items: sent }, { items: conversations }, { items: sessions }, { items: inbox }] = await Promise.all(
    ['users/me', 'messages?box=sent&limit=20', 'conversations?limit=100', 'sessions', 'messages?box=inbox&limit=20'].map(get))
  const withOther = conversations.filter((one) => one.with.id !== me.id)
  const own = sent.find((message) => !message.deletedAt && !message.deleted)
  const partner = withOther.find((one) => one.with.username !== 'epistle') ?? withOther[0]
  const session = sessions.find((one) => !one.current) ?? sessions[0]
  return {
    user: partner?.with.id ?? me.id,
    message: own?.id ?? partner?.lastMessage.id,
    lastMessage: partner?.lastMessage.id ?? own?.id,
    session: session?.id,
    received: inbox.find((message) => message.from !== me.id)?.id,
  }
}

const kinds = { userId: 'user', to: 'user', upTo: 'lastMessage' }
const kindOf = (path, name) =>
  path.endsWith('/reports') ? 'received' : kinds[name] ?? /^[/](user|message|session)s[/]\\{id\\}/.exec(path)?.[1]

window.epistleDocs = (system) => {
  const filled = new Map()
  let ids = {}
  /** Whether a form's field may be overwritten: it is empty, or has what was filled in. */
  const isOurs = (key, value) => !value || value === filled.get(key)

  function fillParameter(pathMethod, { name }, value) {
    const { specSelectors, specActions } = system.getSystem()
    const parameters = specSelectors.specJsonWithResolvedSubtrees().getIn(['paths', ...pathMethod, 'parameters'])
    const parameter = parameters.find((one) => one.get('in') === 'path' && one.get('name') === name)
    const key = [...pathMethod, name].join(' ')
    const current = specSelectors.parameterWithMetaByIdentity(pathMethod, parameter).get('value')
    if (!value || value === current || !isOurs(key, current)) return
    filled.set(key, value)
    specActions.changeParam(pathMethod, name, 'path', value)
    specActions.changeParamByIdentity(pathMethod, parameter, value)
  }

  function fillBody(pathMethod, example) {
    const { oas3Selectors, oas3Actions } = system.getSystem()
    const key = pathMethod.join(' ')
    const initial = JSON.stringify(example, null, 2)
    const value = JSON.stringify(example, (name, one) => ids[kinds[name]] ?? one, 2)
    const current = oas3Selectors.requestBodyValue(...pathMethod)
    if (value === initial || value === current || (!isOurs(key, current) && current !== initial)) return
    filled.set(key, value)
    oas3Actions.setRequestBodyValue({ value, pathMethod })
  }

  function fillForms() {
    const { paths } = system.getSystem().specSelectors.specJson().toJS()
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
        for (const parameter of parameters.filter((one) => one.in === 'path')) {
          fillParameter([path, method], parameter, ids[kindOf(path, parameter.name)])
        }
        const example = requestBody?.content['application/json']?.example
        if (example) fillBody([path, method], example)
      }
    }
  }

  const tokenOf = () => system.getSystem().authSelectors.authorized().getIn(['session', 'value'])

  async function refill(token) {
    ids = await findIds(token)
    fillForms()
  }

  function onResponse(path, method, { status, body }) {
    if (method === 'get' || !(status >= 200 && status < 300)) return
    if (path === '/sessions' && body?.token) {
      system.getSystem().preauthorizeApiKey('session', body.token)
    }
    // These change no list, and some of them end the session.
    const token = /^[/](sessions[/]current|users[/]me[/]deletion|account-restorations|password-resets|email-verifications|email-changes)/.test(path) ? undefined : tokenOf()
    if (token) refill(token).catch((error) => console.error('the forms are not filled', error))
  }

  const wrapActions = {
    setResponse: (original) => (path, method, response) => {
      onResponse(path, method, response)
      return original(path, method, response)
    },
    executeRequest: (original, { specActions }) => (given) => {
      const { pathName, method } = given
      const show = (response) => specActions.setResponse(pathName, method, response)
      return original({ ...given, userFetch: fetchFrames(show) })
    },
  }
  // Opening a form chooses its content type, which resets its body.
  const setRequestContentType = (original) => (given) => {
    setTimeout(fillForms)
    return original(given)
  }
  const statePlugins = { spec: { wrapActions }, oas3: { wrapActions: { setRequestContentType } } }
  return [SwaggerUIBundle.plugins.DownloadUrl, { statePlugins }]
}`
