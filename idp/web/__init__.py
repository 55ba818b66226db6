"""The HTTP kit that every room with pages or endpoints stands on: `Kit`, and the guard in front of all of them.

It knows Starlette, Jinja2 and Babel, cookies, forms, languages and headers. It does not know what any
page is for, nor SQL. The synchronous core is called in worker threads; only the edge is asynchronous.
"""
