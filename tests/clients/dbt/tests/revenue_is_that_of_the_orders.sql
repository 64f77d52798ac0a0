-- Days on which the revenue is not what the orders of the day come to.
select
    coalesce(revenue.ordered_on, orders.ordered_on) as ordered_on,
    revenue.amount as revenue,
    orders.amount as of_orders
from (
    select ordered_on, sum(revenue) as amount from {{ ref('daily_revenue') }} group by 1
) as revenue
full outer join (
    select ordered_on, sum(amount) as amount from {{ ref('orders_by_day') }} group by 1
) as orders on orders.ordered_on = revenue.ordered_on
where revenue.amount is distinct from orders.amount
