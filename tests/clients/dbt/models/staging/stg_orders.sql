with orders as (

    select * from {{ ref('raw_orders') }}

)

select
    id as order_id,
    customer_id,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    status,
    country,
    items,
    amount,
    coalesce(amount, cast(0 as decimal(10, 2))) as amount_or_zero,
    remark
from orders
where cast(ordered_at as date) <= date '{{ var("until") }}'
