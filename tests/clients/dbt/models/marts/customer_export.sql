{{ config(format='json') }}

select
    customer_id,
    {{ dbt.hash('name') }} as pseudonym,
    name,
    vip,
    signed_up,
    spent,
    first_order_at,
    note
from {{ ref('customers') }}
