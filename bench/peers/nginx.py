"""nginx: the upstream of every run, the plain proxy, and the proxy with policies in Lua (as Kong and APISIX are)."""

from __future__ import annotations

from pathlib import Path
from platform import machine

from bench.payloads import BASE, Workload

LUA_MODULES = ("ndk_http_module.so", "ngx_http_lua_module.so")
MODULE_DIRECTORY = Path("/usr/lib/nginx/modules")

_FRAME = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log error;
{modules}
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  sendfile on; tcp_nodelay on; client_max_body_size 4m; client_body_buffer_size 256k;
{http}
}}
"""
_TO_UPSTREAM = """proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Request-Id $request_id;"""
# An answer of 16 KB in one read: by default a proxy buffer holds 4 KB.
_LARGE_BUFFERS = "proxy_buffer_size 32k; proxy_buffers 16 32k; proxy_busy_buffers_size 64k;"
_UPSTREAM = "upstream api {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 1000000000; }}"

# What a plugin does: key lookup, one counter per application and minute, then decode, mask and encode the answer.
_ACCESS = """
      local app = ngx.shared.keys:get(ngx.var.http_x_api_key or "")
      if not app then return ngx.exit(401) end
      local n = ngx.shared.counters:incr(app .. math.floor(ngx.now() / 60), 1, 0, 120)
      if n > 1000000000 then return ngx.exit(429) end
      ngx.req.clear_header("X-API-Key")
"""
_MASK = """
      local c = ngx.ctx
      if not c.parts then c.parts = {} end
      c.parts[#c.parts + 1] = ngx.arg[1]
      if not ngx.arg[2] then ngx.arg[1] = nil return end
      local ok, v = pcall(cjson.decode, table.concat(c.parts))
      if not ok then ngx.arg[1] = nil return end
      local function mask(o)
        o.email = "***"; o.born = "***"; o.passport = nil; o.shelf = nil
        if type(o.card) == "string" then o.card = string.rep("*", #o.card - 4) .. string.sub(o.card, -4) end
      end
      if v[1] then for i = 1, #v do mask(v[i]) end else mask(v) end
      ngx.arg[1] = cjson.encode(v)
"""


def upstream(directory: Path, port: int, workloads: list[Workload]) -> str:
    """Serves each workload's answer from a file, to GET and POST alike, as JSON and, under /raw, as octets."""
    root = directory / "root"
    root.mkdir(parents=True)
    places = []
    for work in workloads:
        (root / work.name).write_bytes(work.answer)
        for target, media_type in (
            (work.policed_target, "application/json"),
            (work.raw_target, "application/octet-stream"),
        ):
            path = target.partition("?")[0]
            # A static file refuses POST: that error becomes the file again.
            places.append(
                f"    location = {path} {{ default_type {media_type}; error_page 405 =200 $uri; "
                f"alias {root}/{work.name}; }}"
            )
    places.append(
        f"    location {BASE}/branches/ {{ default_type application/json; root {root}; "
        f"try_files /{workloads[0].name} =404; }}"
    )
    lines = "\n".join(places)
    server = f"  open_file_cache max=100;\n  server {{ listen 127.0.0.1:{port};\n{lines}\n  }}"
    return _FRAME.format(directory=directory, modules="", http=server)


def plain(directory: Path, port: int, upstream_port: int, *, large_buffers: bool = False) -> str:
    """A proxy with kept-alive upstream connections and identity headers, no policy; buffers as Debian ships it, or so
    large that each answer of the benchmark arrives in one."""
    server = f"""  {_UPSTREAM.format(port=upstream_port)}
  {_LARGE_BUFFERS if large_buffers else ""}
  server {{ listen 127.0.0.1:{port}; location {BASE}/ {{
    {_TO_UPSTREAM} }} }}"""
    return _FRAME.format(directory=directory, modules="", http=server)


def lua(directory: Path, port: int, upstream_port: int, key: str) -> str:
    """Key lookup, a counter per application and minute, and a JSON mask."""
    modules = "\n".join(f"load_module {MODULE_DIRECTORY / name};" for name in LUA_MODULES)
    server = f"""  lua_shared_dict counters 10m; lua_shared_dict keys 10m;
  lua_package_cpath "/usr/lib/{machine()}-linux-gnu/lua/5.1/?.so;;";
  init_by_lua_block {{ cjson = require "cjson"; ngx.shared.keys:set("{key}", "bench") }}
  {_UPSTREAM.format(port=upstream_port)}
  server {{ listen 127.0.0.1:{port}; location {BASE}/ {{
    access_by_lua_block {{{_ACCESS}    }}
    header_filter_by_lua_block {{ ngx.header.content_length = nil }}
    body_filter_by_lua_block {{{_MASK}    }}
    {_TO_UPSTREAM} }} }}"""
    return _FRAME.format(directory=directory, modules=modules, http=server)
